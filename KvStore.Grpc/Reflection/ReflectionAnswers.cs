using Google.Protobuf;
using KvStore.Grpc.Protocol;
using KvStore.Grpc.Reflection.V1;
using static KvStore.Grpc.Reflection.V1.ServerReflectionRequest;

namespace KvStore.Grpc.Reflection;

/// <summary>Answers the requests of reflection, each by itself.</summary>
/// <remarks>Safe for any number of threads.</remarks>
internal sealed class ReflectionAnswers(DescriptorIndex index)
{
    /// <summary>The answer to a request; what is not found is an answer too.</summary>
    public ServerReflectionResponse To(ServerReflectionRequest request)
    {
        var response = new ServerReflectionResponse { ValidHost = request.Host, OriginalRequest = request };
        switch (request.MessageRequestCase)
        {
            case MessageRequestOneofCase.ListServices:
                response.ListServicesResponse = new ListServiceResponse
                {
                    Service = { index.Services.Select(name => new ServiceResponse { Name = name }) },
                };
                break;
            case MessageRequestOneofCase.FileByFilename:
                AddFiles(response, index.FileNamed(request.FileByFilename), "file", request.FileByFilename);
                break;
            case MessageRequestOneofCase.FileContainingSymbol:
                AddFiles(response, index.FileWith(request.FileContainingSymbol), "symbol", request.FileContainingSymbol);
                break;
            case MessageRequestOneofCase.AllExtensionNumbersOfType when index.HasMessage(request.AllExtensionNumbersOfType):
                // In proto3 nothing is extended.
                response.AllExtensionNumbersResponse = new ExtensionNumberResponse { BaseTypeName = request.AllExtensionNumbersOfType };
                break;
            case MessageRequestOneofCase.AllExtensionNumbersOfType:
                response.ErrorResponse = NotFound("message", request.AllExtensionNumbersOfType);
                break;
            case MessageRequestOneofCase.FileContainingExtension:
                response.ErrorResponse = NotFound("extension of", request.FileContainingExtension.ContainingType);
                break;
            default:
                response.ErrorResponse = Error(StatusCode.InvalidArgument, "The request does not say what it asks for.");
                break;
        }

        return response;
    }

    private static void AddFiles(ServerReflectionResponse response, IEnumerable<ByteString>? files, string what, string name)
    {
        if (files is null)
        {
            response.ErrorResponse = NotFound(what, name);
        }
        else
        {
            response.FileDescriptorResponse = new FileDescriptorResponse { FileDescriptorProto = { files } };
        }
    }

    private static ErrorResponse NotFound(string what, string name) => Error(StatusCode.NotFound, $"There is no {what} {name}.");

    private static ErrorResponse Error(StatusCode code, string message) => new() { ErrorCode = (int)code, ErrorMessage = message };
}
