using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;

namespace KvStore.Api.Options;

/// <summary>One setting: a property of an options class, with all that a user is told of it.</summary>
internal sealed class Setting
{
    private readonly PropertyInfo _property;

    /// <summary>Describes <paramref name="property"/> of the options class of <paramref name="section"/>.</summary>
    public Setting(string section, PropertyInfo property, object defaults)
    {
        _property = property;
        Path = $"{SettingsCatalogue.Root}:{section}:{property.Name}";
        Description = property.GetCustomAttribute<DescriptionAttribute>()!.Description;
        Aliases = property.GetCustomAttribute<AliasAttribute>()?.Names ?? [];
        Default = Convert.ToString(
            property.GetCustomAttribute<DefaultValueAttribute>()?.Value ?? property.GetValue(defaults), CultureInfo.InvariantCulture)!;
        Allowed = DescribeAllowed();
    }

    /// <summary>Its configuration path, such as <c>KvStore:Limits:MaxKeyBytes</c>; also its command-line option.</summary>
    public string Path { get; }

    /// <summary>The environment variable that sets it, such as <c>KvStore__Limits__MaxKeyBytes</c>.</summary>
    public string EnvironmentVariable => Path.Replace(":", "__", StringComparison.Ordinal);

    /// <summary>Its short names: environment variables in capitals, command-line options in lower case.</summary>
    public IReadOnlyList<string> Aliases { get; }

    /// <summary>What it does.</summary>
    public string Description { get; }

    /// <summary>The default, outside a container.</summary>
    public string Default { get; }

    /// <summary>The values that it takes.</summary>
    public string Allowed { get; }

    /// <summary>Sets the property of <paramref name="options"/> from text.</summary>
    /// <returns>Null, or one line naming the setting, the value and what is allowed.</returns>
    public string? Apply(object options, string text)
    {
        var value = Parse(text);
        if (value is null || !_property.GetCustomAttributes<ValidationAttribute>().All(attribute => attribute.IsValid(value)))
        {
            return $"{Names} is '{text}', but must be {Allowed}.";
        }

        _property.SetValue(options, value);
        return null;
    }

    private string Names => Aliases.Count == 0 ? Path : $"{Path} ({string.Join(", ", Aliases)})";

    private object? Parse(string text) => _property.PropertyType switch
    {
        var type when type == typeof(int) =>
            int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null,
        var type when type == typeof(long) =>
            long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null,
        var type when type == typeof(double) =>
            double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null,
        _ => text,
    };

    private string DescribeAllowed()
    {
        if (_property.GetCustomAttribute<AllowedValuesAttribute>() is { } values)
        {
            return string.Join(" or ", values.Values);
        }

        if (_property.GetCustomAttribute<RangeAttribute>() is not { } range)
        {
            return "text";
        }

        var kind = _property.GetCustomAttribute<PowerOfTwoAttribute>() is not null ? "a power of two"
            : _property.PropertyType != typeof(double) ? "a whole number"
            : "a number";
        return string.Create(CultureInfo.InvariantCulture, $"{kind} from {range.Minimum} to {range.Maximum}");
    }
}
