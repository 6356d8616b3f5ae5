using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace KvStore.Grpc.Reflection;

/// <summary>Finds the proto files that describe services.</summary>
/// <remarks>Immutable.</remarks>
internal sealed class DescriptorIndex
{
    private readonly Dictionary<string, FileDescriptor> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FileDescriptor> _symbols = new(StringComparer.Ordinal);
    private readonly HashSet<string> _messages = new(StringComparer.Ordinal);

    public DescriptorIndex(IReadOnlyList<ServiceDescriptor> services)
    {
        Services = [.. services.Select(service => service.FullName).Order(StringComparer.Ordinal)];
        foreach (var file in services.SelectMany(service => WithDependencies(service.File)))
        {
            Add(file);
        }
    }

    /// <summary>The full names of the services, in order.</summary>
    public IReadOnlyList<string> Services { get; }

    /// <summary>Whether there is a message with a full name.</summary>
    public bool HasMessage(string name) => _messages.Contains(name);

    /// <summary>The file with a name, and all that it depends on, in their byte form; null where there is none.</summary>
    public IEnumerable<ByteString>? FileNamed(string name) => Bytes(_files.GetValueOrDefault(name));

    /// <summary>The same of the file that has a service, method, message, field, enum or value of one, by its full name.</summary>
    public IEnumerable<ByteString>? FileWith(string symbol) => Bytes(_symbols.GetValueOrDefault(symbol));

    private static IEnumerable<ByteString>? Bytes(FileDescriptor? file) =>
        file is null ? null : WithDependencies(file).Select(each => each.SerializedData);

    /// <summary>A file, and what it needs to be understood, each once: clients ask for no more than they have to.</summary>
    private static List<FileDescriptor> WithDependencies(FileDescriptor file)
    {
        List<FileDescriptor> files = [file];
        for (var i = 0; i < files.Count; i++)
        {
            files.AddRange(files[i].Dependencies.Except(files).ToList());
        }

        return files;
    }

    private void Add(FileDescriptor file)
    {
        if (!_files.TryAdd(file.Name, file))
        {
            return;
        }

        foreach (var service in file.Services)
        {
            _symbols[service.FullName] = file;
            foreach (var method in service.Methods)
            {
                _symbols[method.FullName] = file;
            }
        }

        AddTypes(file, file.MessageTypes, file.EnumTypes);
    }

    private void AddTypes(FileDescriptor file, IEnumerable<MessageDescriptor> messages, IEnumerable<EnumDescriptor> enums)
    {
        foreach (var type in enums)
        {
            _symbols[type.FullName] = file;
            foreach (var value in type.Values)
            {
                // Values stand beside their enum, and not in it (https://protobuf.com/docs/language-spec#enum-value-scoping).
                _symbols[type.FullName[..^type.Name.Length] + value.Name] = file;
            }
        }

        foreach (var message in messages)
        {
            _symbols[message.FullName] = file;
            _messages.Add(message.FullName);
            foreach (var part in message.Fields.InDeclarationOrder().Concat<IDescriptor>(message.Oneofs))
            {
                _symbols[part.FullName] = file;
            }

            AddTypes(file, message.NestedTypes, message.EnumTypes);
        }
    }
}
