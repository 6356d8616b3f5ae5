using System.Reflection;
using System.Runtime.CompilerServices;

namespace KvStore.Tests.Architecture;

/// <summary>An endpoint parses, calls and answers. What it would remember, count or guard belongs in the store.</summary>
public sealed class EndpointStateTests
{
    private const BindingFlags Declared =
        BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    [Fact]
    public void Endpoints_hold_no_state()
    {
        var endpoints = typeof(Program).Assembly.GetTypes()
            .Where(type => type.Namespace == "KvStore.Api.Endpoints" && !IsGenerated(type)).ToList();

        endpoints.Should().NotBeEmpty();
        endpoints.SelectMany(State).Should().BeEmpty();
    }

    [Fact]
    public void State_is_noticed()
    {
        State(typeof(Stateful)).Should().BeEquivalentTo("Stateful._count", "Stateful.Latest", "Stateful.Gate", "Stateful._one");
        State(typeof(Stateless)).Should().BeEmpty();
    }

    /// <summary>Fields that can change, and collections and locks whatever they are declared as.</summary>
    private static IEnumerable<string> State(Type type) => type.IsEnum ? [] :
        from field in type.GetFields(Declared)
        where !field.IsLiteral && !IsGenerated(field)
        where !field.IsInitOnly || !field.IsStatic || field.FieldType.Namespace is
            "System.Collections" or "System.Collections.Generic" or "System.Collections.Concurrent" or "System.Threading"
        select $"{type.Name}.{field.Name}";

    private static bool IsGenerated(MemberInfo member) =>
        member.IsDefined(typeof(CompilerGeneratedAttribute)) || (member.DeclaringType is { } outer && IsGenerated(outer));

    private sealed class Stateful
    {
        public static readonly Dictionary<string, long> Latest = [];
        public static readonly Lock Gate = new();
        private static long _count;
        private readonly long _one = ++_count;

        public override string ToString() => $"{_one}";
    }

    private static class Stateless
    {
        public const int Limit = 1;
        public static readonly string[] Methods = ["GET"];
    }
}
