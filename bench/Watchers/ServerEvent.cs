using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text;

namespace Watchers;

/// <summary>What an event says.</summary>
internal enum EventKind
{
    /// <summary>Nothing: the comment that comes when there are no events.</summary>
    Heartbeat,

    /// <summary>Events follow.</summary>
    Ready,

    /// <summary>A key was set or deleted, or has expired.</summary>
    Change,

    /// <summary>The watch ends, to be resumed.</summary>
    FellBehind,

    /// <summary>The service ends.</summary>
    Draining,
}

/// <summary>An event's revision and kind. What it carries is not looked at: the client must cost less than the server.</summary>
/// <param name="Id">The revision.</param>
/// <param name="Kind">What it says.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ServerEvent(long Id, EventKind Kind)
{
    /// <summary>Reads an event, which is all that is before an empty line.</summary>
    /// <exception cref="InvalidDataException">It is not as <c>GET /watch</c> writes it.</exception>
    public static ServerEvent Parse(ReadOnlySpan<byte> lines)
    {
        var fields = lines.StartsWith(":\n"u8) ? lines[2..] : lines;
        if (!fields.StartsWith("id: "u8) || !Utf8Parser.TryParse(fields[4..], out long id, out var digits))
        {
            throw Unexpected(lines);
        }

        fields = fields[(4 + digits)..];
        return new ServerEvent(id, fields.IsEmpty ? EventKind.Heartbeat : KindOf(fields, lines));
    }

    private static EventKind KindOf(ReadOnlySpan<byte> fields, ReadOnlySpan<byte> lines) => fields switch
    {
        _ when fields.StartsWith("\nevent: set\n"u8) => EventKind.Change,
        _ when fields.StartsWith("\nevent: delete\n"u8) || fields.StartsWith("\nevent: expire\n"u8) => EventKind.Change,
        _ when fields.StartsWith("\nevent: ready\n"u8) => EventKind.Ready,
        _ when fields.StartsWith("\nevent: fell-behind\n"u8) => EventKind.FellBehind,
        _ when fields.StartsWith("\nevent: draining\n"u8) => EventKind.Draining,
        _ => throw Unexpected(lines),
    };

    private static InvalidDataException Unexpected(ReadOnlySpan<byte> lines) => new($"was sent: {Encoding.UTF8.GetString(lines)}");
}
