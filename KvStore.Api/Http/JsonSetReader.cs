using System.Text.Json;
using KvStore.Api.Problems;

namespace KvStore.Api.Http;

/// <summary>Reads the JSON form of <c>POST /set</c> in one pass.</summary>
internal static class JsonSetReader
{
    /// <summary>Reads <paramref name="body"/>.</summary>
    /// <param name="body">The whole body.</param>
    /// <param name="scratch">Receives unescaped strings; as long as the body.</param>
    /// <param name="request">What was asked for; parts of it lie in the body and the scratch buffer.</param>
    /// <returns>Null, or what is wrong.</returns>
    public static Problem? Read(ReadOnlyMemory<byte> body, Memory<byte> scratch, out SetRequest request)
    {
        request = default;
        if (JsonMembers.CheckText(body.Span) is { } problem)
        {
            return problem;
        }

        var members = new JsonMembers(body, scratch);
        try
        {
            ReadBody(ref members, ref request);
        }
        catch (Exception exception) when (JsonMembers.Describe(exception) is { } malformed)
        {
            return malformed;
        }

        return members.Errors.IsEmpty ? null : Problem.Invalid(members.Errors);
    }

    private static void ReadBody(ref JsonMembers members, ref SetRequest request)
    {
        members.Json.Read();
        if (members.Json.TokenType != JsonTokenType.StartObject)
        {
            members.Reject("body", "must be a JSON object");
            members.Json.Read();
            return;
        }

        while (members.Json.Read() && members.Json.TokenType == JsonTokenType.PropertyName)
        {
            var name = members.Name();
            members.Json.Read();
            if (request.See(name, members.Errors))
            {
                members.ReadValue(name, ref request);
            }
            else
            {
                members.Json.Skip();
            }
        }

        // Beyond the object there may only be white space; the reader throws for anything else.
        members.Json.Read();
        request.CheckMembers(members.Errors);
    }
}
