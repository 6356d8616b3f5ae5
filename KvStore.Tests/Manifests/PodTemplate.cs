using System.Text.Json.Nodes;

namespace KvStore.Tests.Manifests;

/// <summary>The pods of a Deployment, StatefulSet or CronJob.</summary>
internal sealed record PodTemplate(JsonObject Owner, JsonObject Template)
{
    /// <summary>Whose they are, for messages.</summary>
    public string Name => $"{Owner.Text("kind")}/{Owner.Text("metadata/name")}";

    /// <summary>Their specification.</summary>
    public JsonNode Spec => Template["spec"]!;

    /// <summary>Their labels.</summary>
    public Dictionary<string, string> Labels => Template.Map("metadata/labels");

    /// <summary>Their containers, those that run first too.</summary>
    public IEnumerable<JsonObject> Containers => Spec.Items("containers").Concat(Spec.Items("initContainers"));

    /// <summary>The ports of the containers.</summary>
    public IEnumerable<JsonObject> Ports => Containers.SelectMany(container => container.Items("ports"));

    /// <summary>The service itself, and not what is run beside it.</summary>
    public bool IsStore => Containers.Any(container => container.Text("name") == "kvstore");

    /// <summary>How many there can be at most.</summary>
    public int MostReplicas(ManifestSet set) =>
        set.Kind("HorizontalPodAutoscaler").Where(scaler => scaler.Text("spec/scaleTargetRef/name") == Owner.Text("metadata/name"))
            .Select(scaler => scaler.Number("spec/maxReplicas"))
            .DefaultIfEmpty(Owner.At("spec/replicas") is null ? 1 : Owner.Number("spec/replicas"))
            .Max();

    /// <summary>Whether labels are chosen by a selector.</summary>
    public bool IsSelectedBy(IReadOnlyDictionary<string, string> selector) =>
        selector.Count > 0 && selector.All(pair => Labels.GetValueOrDefault(pair.Key) == pair.Value);

    /// <summary>The container port that a name or a number stands for; null where there is none.</summary>
    public int? PortOf(string? nameOrNumber) => Ports
        .Where(port => port.Text("name") == nameOrNumber || port.Text("containerPort") == nameOrNumber)
        .Select(port => (int?)port.Number("containerPort"))
        .SingleOrDefault();

    /// <summary>The pods of an object; null where it makes none.</summary>
    public static PodTemplate? Of(JsonObject owner) =>
        (owner.At("spec/template") ?? owner.At("spec/jobTemplate/spec/template")) is JsonObject template ? new(owner, template) : null;
}
