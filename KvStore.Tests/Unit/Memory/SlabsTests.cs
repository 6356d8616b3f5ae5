using KvStore.Core.Memory;

namespace KvStore.Tests.Unit.Memory;

public sealed class SlabsTests
{
    private readonly Slabs _slabs = new();

    [Fact]
    public void Cells_of_every_size_keep_their_bytes_while_others_come_and_go()
    {
        var random = new Random(1);
        var cells = new List<(SlabRef Cell, byte[] Bytes)>();
        for (var i = 0; i < 50_000; i++)
        {
            if (cells.Count > 0 && random.Next(100) < 45)
            {
                var index = random.Next(cells.Count);
                Check(cells[index]);
                _slabs.Free(cells[index].Cell);
                cells[index] = cells[^1];
                cells.RemoveAt(cells.Count - 1);
            }
            else
            {
                var bytes = new byte[(int)Math.Exp(random.NextDouble() * 13) + 1];
                random.NextBytes(bytes);
                var cell = _slabs.Allocate(bytes.Length);
                bytes.CopyTo(_slabs.Cell(cell));
                cells.Add((cell, bytes));
            }
        }

        cells.ForEach(Check);
        cells.Select(cell => cell.Cell).Should().OnlyHaveUniqueItems().And.NotContain(default(SlabRef));
        _slabs.LiveBytes.Should().Be(cells.Sum(cell => (long)_slabs.Cell(cell.Cell).Length));
    }

    [Fact]
    public void All_cells_in_use_are_found_in_the_order_of_their_memory()
    {
        var random = new Random(1);
        var cells = new List<SlabRef>();
        for (var i = 0; i < 20_000; i++)
        {
            // Now and then most go, so that pages and chunks are given back and used again.
            if (i % 5_000 == 4_999)
            {
                cells.RemoveAll(cell => random.Next(10) > 0 && Freed(cell));
            }

            cells.Add(_slabs.Allocate((int)Math.Exp(random.NextDouble() * 11) + 1));
        }

        var found = new List<SlabRef>();
        _slabs.ForEachCell(found.Add);

        found.Should().Equal(cells.OrderBy(cell => cell.Value));
        _slabs.LiveCells.Should().Be(cells.Count);

        bool Freed(SlabRef cell)
        {
            _slabs.Free(cell);
            return true;
        }
    }

    [Fact]
    public void Memory_goes_back_when_all_cells_are_freed()
    {
        var cells = Enumerable.Range(0, 100_000).Select(i => _slabs.Allocate((i % 500) + 1)).ToList();
        _slabs.ReservedBytes.Should().BeGreaterThan(20_000_000);

        cells.ForEach(_slabs.Free);

        _slabs.LiveBytes.Should().Be(0);
        _slabs.ReservedBytes.Should().BeLessThanOrEqualTo(2 * Slabs.ChunkBytes);
    }

    [Fact]
    public void Pages_that_become_free_serve_other_sizes()
    {
        var small = Enumerable.Range(0, 100_000).Select(_ => _slabs.Allocate(40)).ToList();
        var reserved = _slabs.ReservedBytes;
        small.ForEach(_slabs.Free);

        _ = Enumerable.Range(0, 10_000).Select(_ => _slabs.Allocate(400)).ToList();

        _slabs.ReservedBytes.Should().BeLessThanOrEqualTo(reserved + Slabs.ChunkBytes);
    }

    [Fact]
    public void Cells_that_are_freed_are_used_again_before_new_memory()
    {
        var cells = Enumerable.Range(0, 10_000).Select(_ => _slabs.Allocate(44)).ToList();
        var reserved = _slabs.ReservedBytes;

        for (var i = 0; i < 100_000; i++)
        {
            _slabs.Free(cells[i % cells.Count]);
            cells[i % cells.Count] = _slabs.Allocate(44);
        }

        _slabs.ReservedBytes.Should().Be(reserved);
    }

    [Fact]
    public void A_look_at_what_is_gone_fails_softly()
    {
        var large = _slabs.Allocate(1_000_000);
        _slabs.Peek(large, out var isOwnChunk).Length.Should().Be(1_000_000);
        isOwnChunk.Should().BeTrue();
        _slabs.Free(large);

        _slabs.Peek(large, out _).IsEmpty.Should().BeTrue();
        _slabs.Peek(new SlabRef(ulong.MaxValue >> 17), out _).IsEmpty.Should().BeTrue();
    }

    [Fact]
    public void Own_chunks_are_told_from_chunks_of_pages_whatever_their_length()
    {
        _slabs.Allocate(40);
        var cell = _slabs.Allocate(Slabs.ChunkBytes);

        _slabs.Peek(cell, out var isOwnChunk);

        isOwnChunk.Should().BeTrue();
        _slabs.Cell(cell).Length.Should().BeGreaterThanOrEqualTo(Slabs.ChunkBytes);
    }

    [Fact]
    public void Beyond_the_last_chunk_memory_is_refused()
    {
        var slabs = new Slabs(maxChunks: 1);
        var fill = () =>
        {
            while (true)
            {
                slabs.Allocate(16_000);
            }
        };

        fill.Should().Throw<InvalidOperationException>();
        slabs.ReservedBytes.Should().Be(Slabs.ChunkBytes);
    }

    private void Check((SlabRef Cell, byte[] Bytes) cell)
    {
        _slabs.Cell(cell.Cell)[..cell.Bytes.Length].SequenceEqual(cell.Bytes).Should().BeTrue();
        _slabs.Peek(cell.Cell, out _)[..cell.Bytes.Length].SequenceEqual(cell.Bytes).Should().BeTrue();
    }
}
