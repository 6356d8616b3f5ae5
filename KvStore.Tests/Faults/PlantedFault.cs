using System.Buffers.Binary;
using KvStore.Core.Durability;
using KvStore.Core.Files;
using KvStore.Core.Records;

namespace KvStore.Tests.Faults;

/// <summary>A fault that is planted, to see that the checks find it.</summary>
internal enum PlantedFault
{
    None,

    /// <summary>Nothing is ever synced.</summary>
    NoSync,

    /// <summary>Names are never synced.</summary>
    NoNamesSync,

    /// <summary>A sync that fails is taken for one that did not.</summary>
    SyncErrorIgnored,

    /// <summary>Writes are acknowledged, and told to readers, before they are synced.</summary>
    AcknowledgedBeforeSync,

    /// <summary>Whatever looks like a frame of the log is taken for one.</summary>
    NoChecksum,
}

/// <summary>Plants the faults where the store meets its disk.</summary>
internal static class PlantedFaults
{
    public static SimulatedDisk Disk(PlantedFault fault) => new()
    {
        Flaws = fault switch
        {
            PlantedFault.NoSync => DiskFlaws.SyncDoesNothing,
            PlantedFault.NoNamesSync => DiskFlaws.SyncNamesDoesNothing,
            PlantedFault.SyncErrorIgnored => DiskFlaws.SyncErrorsIgnored,
            _ => DiskFlaws.None,
        },
    };

    public static IDataDirectory Plant(PlantedFault fault, IDataDirectory directory) => fault switch
    {
        PlantedFault.AcknowledgedBeforeSync => new LateSyncDirectory(directory),
        PlantedFault.NoChecksum => new UncheckedDirectory(directory),
        _ => directory,
    };

    private static bool IsSegment(string name) => LogFormat.TryParseSegment(name.Replace(LogFormat.Unfinished, "", StringComparison.Ordinal), out _);

    /// <summary>A sync of a segment returns at once, and comes about before the next operation on that file.</summary>
    private sealed class LateSyncDirectory(IDataDirectory directory) : DirectoryDecorator(directory)
    {
        protected override IDataFile Decorate(string name, IDataFile file) => IsSegment(name) ? new LateSyncFile(file) : file;
    }

    private sealed class LateSyncFile(IDataFile file) : FileDecorator(file)
    {
        private bool _isOwed;

        public override void Write(long offset, ReadOnlySpan<byte> bytes)
        {
            Pay();
            base.Write(offset, bytes);
        }

        public override void Sync()
        {
            Pay();
            _isOwed = true;
        }

        private void Pay()
        {
            if (_isOwed)
            {
                _isOwed = false;
                base.Sync();
            }
        }
    }

    /// <summary>Reads of a segment show checksums that fit, whatever they belong to: as good as a reader that looks at none.</summary>
    private sealed class UncheckedDirectory(IDataDirectory directory) : DirectoryDecorator(directory)
    {
        protected override IDataFile Decorate(string name, IDataFile file) => IsSegment(name) ? new UncheckedFile(file) : file;
    }

    private sealed class UncheckedFile(IDataFile file) : FileDecorator(file)
    {
        public override int Read(long offset, Span<byte> destination)
        {
            var bytes = new byte[Length];
            base.Read(0, bytes);
            if (SegmentHeader.TryRead(bytes, out var header))
            {
                MakeFit(bytes, header.Salt);
            }

            var count = (int)Math.Clamp(bytes.Length - offset, 0, destination.Length);
            bytes.AsSpan((int)Math.Min(offset, bytes.Length), count).CopyTo(destination);
            return count;
        }

        private static void MakeFit(byte[] bytes, uint salt)
        {
            long? last = null;
            for (var offset = LogFormat.HeaderBytes; offset + LogFormat.FrameBytes <= bytes.Length;)
            {
                var frame = Frame.Read(bytes.AsSpan(offset), salt);
                var (least, most) = last is { } known ? (known + 1, known + 1) : (1, long.MaxValue);
                if (!SegmentReader.IsPlausible(frame, least, most) || frame.Length > bytes.Length - offset - LogFormat.FrameBytes)
                {
                    return;
                }

                var whole = bytes.AsSpan(offset, LogFormat.FrameBytes + frame.Length);
                BinaryPrimitives.WriteUInt32LittleEndian(whole, Crc32C.Of(whole[sizeof(uint)..], salt));
                last = frame.Revision;
                offset += whole.Length;
            }
        }
    }
}
