using System.Runtime.InteropServices;
using System.Text.Json;
using KvStore.Api.Problems;
using KvStore.Core.Store.Batches;

namespace KvStore.Api.Http;

/// <summary>Reads the body of <c>POST /batch</c> in one pass: all of it, before anything is carried out.</summary>
internal ref struct BatchReader
{
    /// <summary>The names of the members that a set does not have.</summary>
    public const string OperationsName = "operations", AtomicName = "atomic", OpName = "op";

    private readonly Batch _batch;
    private JsonMembers _members;
    private bool _hasOperations;
    private bool _hasAtomic;
    private bool _isAtomic;

    private BatchReader(Batch batch, JsonMembers members)
    {
        _batch = batch;
        _members = members;
    }

    /// <summary>Reads the body at the beginning of <paramref name="buffer"/>.</summary>
    /// <param name="buffer">A whole array: the body and, where it has any escapes, as much room again.</param>
    /// <param name="length">Bytes of the body.</param>
    /// <param name="batch">The operations, whose bytes lie in the buffer.</param>
    /// <param name="isAtomic">Whether all are to be carried out, or none.</param>
    /// <returns>Null, or what is wrong.</returns>
    public static Problem? Read(Memory<byte> buffer, int length, out Batch batch, out bool isAtomic)
    {
        batch = new Batch(buffer);
        isAtomic = false;
        if (JsonMembers.CheckText(buffer.Span[..length]) is { } problem)
        {
            return problem;
        }

        var reader = new BatchReader(batch, new JsonMembers(buffer[..length], buffer[length..]));
        try
        {
            reader.ReadBody();
        }
        catch (Exception exception) when (JsonMembers.Describe(exception) is { } malformed)
        {
            return malformed;
        }

        isAtomic = reader._isAtomic;
        return reader._members.Errors.IsEmpty ? null : Problem.Invalid(reader._members.Errors);
    }

    private void ReadBody()
    {
        _members.Json.Read();
        if (_members.Json.TokenType != JsonTokenType.StartObject)
        {
            _members.Reject("body", "must be a JSON object");
            _members.Json.Read();
            return;
        }

        while (_members.Json.Read() && _members.Json.TokenType == JsonTokenType.PropertyName)
        {
            var name = _members.Json.GetString()!;
            _members.Json.Read();
            ReadMember(name);
        }

        // Beyond the object there may only be white space; the reader throws for anything else.
        _members.Json.Read();
        if (!_hasOperations)
        {
            _members.Errors.Add(OperationsName, "is required");
        }
    }

    private void ReadMember(string name)
    {
        switch (name)
        {
            case OperationsName when _hasOperations:
            case AtomicName when _hasAtomic:
                _members.Reject(name, SetRequest.GivenTwice);
                break;
            case OperationsName:
                _hasOperations = true;
                ReadOperations();
                break;
            case AtomicName:
                _hasAtomic = true;
                _isAtomic = _members.Json.TokenType == JsonTokenType.True;
                if (_members.Json.TokenType is not (JsonTokenType.True or JsonTokenType.False))
                {
                    _members.Reject(name, "must be true or false");
                }

                break;
            default:
                _members.Reject(name, "is not a member of a batch; it takes operations, atomic");
                break;
        }
    }

    private void ReadOperations()
    {
        if (_members.Json.TokenType != JsonTokenType.StartArray)
        {
            _members.Reject(OperationsName, "must be an array");
            return;
        }

        for (var i = 0; _members.Json.Read() && _members.Json.TokenType != JsonTokenType.EndArray; i++)
        {
            _members.Errors.BeginElement(OperationsName, i);
            ReadOperation();
        }

        _members.Errors.EndElement();
    }

    private void ReadOperation()
    {
        if (_members.Json.TokenType != JsonTokenType.StartObject)
        {
            _members.Reject("", "must be an object");
            return;
        }

        var request = default(SetRequest);
        var (hasOp, kind) = (false, (BatchKind?)null);
        while (_members.Json.Read() && _members.Json.TokenType == JsonTokenType.PropertyName)
        {
            var isOp = _members.Json.ValueTextEquals("op"u8);
            var name = isOp ? OpName : _members.Name();
            _members.Json.Read();
            if (isOp && !hasOp)
            {
                hasOp = true;
                kind = ReadKind();
            }
            else if (isOp)
            {
                _members.Reject(OpName, SetRequest.GivenTwice);
            }
            else if (request.See(name, _members.Errors, "is not a member of an operation"))
            {
                _members.ReadValue(name, ref request);
            }
            else
            {
                _members.Json.Skip();
            }
        }

        if (!hasOp)
        {
            _members.Errors.Add(OpName, "is required");
        }

        request.CheckMembers(_members.Errors, kind);
        if (kind is { } known && _members.Errors.IsEmpty)
        {
            _batch.Add(known, Place(request.Key), Place(request.Value), request.Options);
        }
    }

    private BatchKind? ReadKind()
    {
        if (_members.Json.TokenType == JsonTokenType.String)
        {
            if (_members.Json.ValueTextEquals("get"u8))
            {
                return BatchKind.Get;
            }

            if (_members.Json.ValueTextEquals("set"u8))
            {
                return BatchKind.Set;
            }

            if (_members.Json.ValueTextEquals("delete"u8))
            {
                return BatchKind.Delete;
            }
        }

        _members.Reject(OpName, "must be get, set or delete");
        return null;
    }

    /// <summary>Where in the buffer a part of it lies.</summary>
    private static (int Start, int Length) Place(ReadOnlyMemory<byte> part)
    {
        MemoryMarshal.TryGetArray(part, out var segment);
        return (segment.Offset, segment.Count);
    }
}
