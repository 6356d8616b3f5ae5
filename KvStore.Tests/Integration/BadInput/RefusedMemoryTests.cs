using System.Text;
using KvStore.Tests.Support;

namespace KvStore.Tests.Integration.BadInput;

[Collection(nameof(Alone))]
public sealed class RefusedMemoryTests(ServiceFactory service) : RefusedService(service)
{
    [Fact]
    public void Memory_comes_back_after_a_thousand_bodies_that_are_malformed_at_their_end()
    {
        var body = Post("{\"key\":\"a\",\"value\":\"" + new string('v', 1_048_500) + "\"");
        using var connection = new RawConnection(Service.Address);
        Exchange();
        var before = GC.GetTotalMemory(forceFullCollection: true);

        for (var i = 0; i < 1_000; i++)
        {
            Exchange();
        }

        (GC.GetTotalMemory(forceFullCollection: true) - before).Should().BeLessThan(50_000_000, "1 GB was sent, and none kept");
        StoreShouldBeUntouched();

        void Exchange()
        {
            connection.Send(body);
            connection.Read().Code.Should().Be("malformed-json");
        }
    }

    [Fact]
    public void Memory_comes_back_after_many_large_bodies_that_are_refused()
    {
        var body = Post(Encoding.UTF8.GetBytes("{\"key\":\"a\",\"value\":\"" + new string('v', 2_000_000) + "\"}"));
        RawConnection.Exchange(Service.Address, body).Status.Should().Be(413);
        var before = GC.GetTotalMemory(forceFullCollection: true);

        for (var i = 0; i < 100; i++)
        {
            RawConnection.Exchange(Service.Address, body).Status.Should().Be(413);
        }

        (GC.GetTotalMemory(forceFullCollection: true) - before).Should().BeLessThan(50_000_000, "200 MB were sent, and none kept");
        StoreShouldBeUntouched();
    }
}
