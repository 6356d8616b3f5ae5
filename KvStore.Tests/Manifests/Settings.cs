namespace KvStore.Tests.Manifests;

/// <summary>The environment that the service gets.</summary>
internal static class Settings
{
    /// <summary>Names and values, of the ConfigMaps and of the container's own.</summary>
    public static Dictionary<string, string> Of(ManifestSet set)
    {
        var container = set.Pods.Single(pod => pod.IsStore).Containers.Single();
        return container.Items("envFrom").SelectMany(from => set.Named("ConfigMap", from.Text("configMapRef/name")!).Map("data"))
            .Concat(container.Items("env").Select(variable => KeyValuePair.Create(variable.Text("name")!, variable.Text("value")!)))
            .ToDictionary(StringComparer.Ordinal);
    }
}
