using System.Text.Json.Nodes;

namespace KvStore.Tests.Manifests;

/// <summary>What an object names is there: beside each overlay that runs the service, all that can be applied with it.</summary>
public sealed class ReferenceTests
{
    public static TheoryData<string> Stores => [.. ManifestSet.Stores];

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task Names_are_there_once(string store)
    {
        var set = await ManifestSet.WithOthersAsync(store);

        set.Objects.Select(item => $"{item.Text("kind")}/{item.Text("metadata/name")}").Should().OnlyHaveUniqueItems();
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task Whatever_makes_pods_selects_those_that_it_makes(string store)
    {
        foreach (var pod in (await ManifestSet.WithOthersAsync(store)).Pods.Where(pod => pod.Owner.Text("kind") != "CronJob"))
        {
            pod.IsSelectedBy(pod.Owner.Map("spec/selector/matchLabels")).Should().BeTrue(pod.Name);
            foreach (var constraint in pod.Spec.Items("topologySpreadConstraints"))
            {
                pod.IsSelectedBy(constraint.Map("labelSelector/matchLabels")).Should().BeTrue(pod.Name);
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task Services_lead_to_ports_that_their_pods_have(string store)
    {
        var set = await ManifestSet.WithOthersAsync(store);

        foreach (var service in set.Kind("Service"))
        {
            var pod = set.Pods.Should().ContainSingle(one => one.IsSelectedBy(service.Map("spec/selector"))).Subject;
            foreach (var port in service.Items("spec/ports"))
            {
                pod.PortOf(port.Text("targetPort")).Should().Be(port.Number("port"), "{0} leads there", service.Text("metadata/name"));
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task The_ingress_and_the_routes_lead_to_ports_of_services(string store)
    {
        var set = await ManifestSet.WithOthersAsync(store);

        (string Backend, string Port)[] backends =
        [
            .. set.Kind("Ingress").SelectMany(ingress => ingress.Below("service"))
                .Select(service => (service.Text("name")!, (service.Text("port/name") ?? service.Text("port/number"))!)),
            .. set.Objects.SelectMany(item => item.Below("backendRefs")).SelectMany(list => ((JsonArray)list).Select(backend => (backend.Text("name")!, backend.Text("port")!))),
        ];

        backends.Should().HaveCount(3).And.OnlyContain(one => set.Named("Service", one.Backend).Items("spec/ports")
            .Any(port => port.Text("name") == one.Port || port.Text("port") == one.Port));
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task Routes_belong_to_listeners_of_the_gateway_each_its_own(string store)
    {
        var set = await ManifestSet.WithOthersAsync(store);

        var parents = set.Kind("HTTPRoute").Concat(set.Kind("GRPCRoute")).SelectMany(route => route.Items("spec/parentRefs")).ToList();

        parents.Should().HaveCount(2).And.OnlyContain(parent => set.Named("Gateway", parent.Text("name")!).Items("spec/listeners")
            .Any(listener => listener.Text("name") == parent.Text("sectionName")));
        parents.Select(parent => parent.Text("sectionName")).Should().OnlyHaveUniqueItems();
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task Scalers_and_budgets_are_for_pods_that_there_are(string store)
    {
        var set = await ManifestSet.WithOthersAsync(store);

        foreach (var scaler in set.Kind("HorizontalPodAutoscaler"))
        {
            var target = set.Named(scaler.Text("spec/scaleTargetRef/kind")!, scaler.Text("spec/scaleTargetRef/name")!);
            target.Text("apiVersion").Should().Be(scaler.Text("spec/scaleTargetRef/apiVersion"));
            target.At("spec/replicas").Should().BeNull("the scaler sets it");
            PodTemplate.Of(target)!.Containers.Should().OnlyContain(container => container.At("resources/requests/cpu") != null, "the scaler reckons by it");
        }

        foreach (var budget in set.Kind("PodDisruptionBudget"))
        {
            set.Pods.Should().ContainSingle(pod => pod.IsSelectedBy(budget.Map("spec/selector/matchLabels")));
        }

        set.Kind("HorizontalPodAutoscaler").Any().Should().Be(store == "overlays/multi-node");
        set.Kind("PodDisruptionBudget").Any().Should().Be(store != "overlays/durable");
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task Pods_mount_what_there_is_and_run_as_an_account_that_there_is(string store)
    {
        var set = await ManifestSet.WithOthersAsync(store);

        foreach (var pod in set.Pods)
        {
            var volumes = pod.Spec.Items("volumes").Concat(pod.Owner.Items("spec/volumeClaimTemplates").Select(claim => claim["metadata"]!.AsObject()))
                .Select(volume => volume.Text("name"));
            pod.Containers.SelectMany(container => container.Items("volumeMounts")).Select(mount => mount.Text("name")).Should().BeEquivalentTo(volumes, pod.Name);
            foreach (var source in pod.Spec.Below("configMap").Concat(pod.Spec.Below("configMapRef")))
            {
                var keys = set.Named("ConfigMap", source.Text("name")!).Map("data").Keys;
                source.Items("items").Select(item => item.Text("key")).Should().BeSubsetOf(keys, pod.Name);
            }

            foreach (var claim in pod.Spec.Below("persistentVolumeClaim"))
            {
                set.Named("PersistentVolumeClaim", claim.Text("claimName")!);
            }

            if (pod.Spec.Text("serviceAccountName") is { } account)
            {
                set.Named("ServiceAccount", account).Text("automountServiceAccountToken").Should().Be("false");
            }
        }
    }
}
