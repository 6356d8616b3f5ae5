using KvStore.Core.Memory;

namespace KvStore.Tests.Unit.Memory;

public sealed class SizeClassesTests
{
    [Fact]
    public void Every_length_gets_the_smallest_class_that_holds_it()
    {
        for (var bytes = 1; bytes <= SizeClasses.MaxBytes; bytes++)
        {
            var sizeClass = SizeClasses.Of(bytes);
            SizeClasses.Bytes(sizeClass).Should().BeGreaterThanOrEqualTo(bytes);
            if (sizeClass > 0)
            {
                SizeClasses.Bytes(sizeClass - 1).Should().BeLessThan(bytes);
            }
        }

        SizeClasses.Of(SizeClasses.MaxBytes).Should().Be(SizeClasses.Count - 1);
    }

    [Fact]
    public void A_cell_is_at_most_an_eighth_larger_than_what_it_holds_but_for_rounding()
    {
        for (var bytes = 1; bytes <= SizeClasses.MaxBytes; bytes++)
        {
            SizeClasses.Bytes(SizeClasses.Of(bytes)).Should().BeLessThan((bytes * 9 / 8) + SlabRef.GranuleBytes);
        }
    }
}
