using System.Diagnostics;
using System.Globalization;
using KvStore.Tests.Support;

namespace KvStore.Tests.Soak.Rollout;

/// <summary>
/// nginx in front of the pods that are ready, told of them as Kubernetes' ingress controllers tell theirs: without a new configuration, so that no
/// client's connection ends for it. It never tries another pod when one fails: what a pod drops, a client sees.
/// </summary>
internal sealed class LoadBalancer : IAsyncDisposable
{
    private const string Modules = "/usr/lib/nginx/modules";

    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _client = new();
    private readonly int _port = FreePort.Take(), _grpcPort = FreePort.Take();
    private readonly Process _nginx;

    /// <summary>Starts it, without a pod.</summary>
    /// <param name="nginx">The program.</param>
    /// <param name="podPort">The port of every pod.</param>
    /// <param name="podGrpcPort">The port of every pod, for gRPC.</param>
    public LoadBalancer(string nginx, int podPort, int podGrpcPort)
    {
        File.WriteAllText(_folder.At("nginx.conf"), Configuration(podPort, podGrpcPort));
        _nginx = Process.Start(nginx, ["-p", _folder.Path, "-c", _folder.At("nginx.conf"), "-e", ErrorLog]);
    }

    /// <summary>Where it takes requests.</summary>
    public Uri Address => new($"http://127.0.0.1:{_port}");

    /// <summary>Where it takes gRPC calls.</summary>
    public Uri GrpcAddress => new($"http://127.0.0.1:{_grpcPort}");

    /// <summary>What it had to complain of.</summary>
    public IEnumerable<string> Errors => File.ReadLines(ErrorLog).Where(line => !line.Contains("[notice]", StringComparison.Ordinal));

    private string ErrorLog => _folder.At("error.log");

    /// <summary>Skips the test where a program that this needs is missing.</summary>
    /// <returns>The program's path.</returns>
    public static string SkipUnlessInstalled()
    {
        Skip.IfNot(File.Exists($"{Modules}/ngx_http_lua_module.so"), "needs nginx's Lua module (apt install libnginx-mod-http-lua)");
        return RequiredTool.SkipUnless("nginx");
    }

    /// <summary>Waits until it listens.</summary>
    public Task StartedAsync() => Until.IsTrueAsync(async () =>
    {
        try
        {
            return await RequestsAsync() > 0;
        }
        catch (HttpRequestException) when (!_nginx.HasExited)
        {
            return false;
        }
    });

    /// <summary>Sends new requests to these pods from now on; those under way end where they are.</summary>
    public async Task UseAsync(IEnumerable<Pod> pods)
    {
        using var addresses = new StringContent(string.Join(' ', pods.Select(pod => pod.Address.Host)));
        (await _client.PutAsync(new Uri(Address, "/balancer/pods"), addresses)).EnsureSuccessStatusCode();
    }

    /// <summary>How many requests it has taken so far.</summary>
    public async Task<long> RequestsAsync()
    {
        // The third line has three numbers: accepted, handled, requests.
        var status = await _client.GetStringAsync(new Uri(Address, "/balancer/status"));
        return long.Parse(status.Split('\n')[2].Trim().Split(' ')[2], CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_nginx.HasExited)
        {
            Signal.Send(_nginx, Signal.Terminate);
            await _nginx.WaitForExitAsync();
        }

        _nginx.Dispose();
        _client.Dispose();
        _folder.Dispose();
    }

    // A connection for gRPC that had served 1,000 calls would be closed in the middle of others: that is nginx's, and not what is tested.
    private string Configuration(int podPort, int podGrpcPort) => $$"""
        load_module {{Modules}}/ndk_http_module.so;
        load_module {{Modules}}/ngx_http_lua_module.so;
        daemon off;
        worker_processes 2;
        pid {{_folder.At("nginx.pid")}};
        {{(Environment.IsPrivilegedProcess ? "user root;" : "")}}
        events { worker_connections 1024; }
        http {
            access_log off;
            client_body_temp_path {{_folder.At("body")}};
            proxy_temp_path {{_folder.At("proxy")}};
            fastcgi_temp_path {{_folder.At("fastcgi")}};
            uwsgi_temp_path {{_folder.At("uwsgi")}};
            scgi_temp_path {{_folder.At("scgi")}};
            proxy_next_upstream off;
            grpc_next_upstream off;
            keepalive_requests 1000000;
            lua_shared_dict pods 1m;
            init_by_lua_block {
                function use_next_pod(port)
                    local addresses = {}
                    for address in (ngx.shared.pods:get("addresses") or ""):gmatch("%S+") do
                        table.insert(addresses, address)
                    end
                    local turn = ngx.shared.pods:incr("turn", 1, 0)
                    assert(require("ngx.balancer").set_current_peer(addresses[turn % #addresses + 1], port))
                end
            }
            upstream pods {
                server 0.0.0.1;
                balancer_by_lua_block { use_next_pod({{podPort}}) }
                keepalive 16;
            }
            upstream grpc_pods {
                server 0.0.0.1;
                balancer_by_lua_block { use_next_pod({{podGrpcPort}}) }
            }
            server {
                listen 127.0.0.1:{{_port}};
                location / {
                    proxy_pass http://pods;
                    proxy_http_version 1.1;
                    proxy_set_header Connection "";
                }
                location = /balancer/status { stub_status; }
                location = /balancer/pods {
                    content_by_lua_block {
                        ngx.req.read_body()
                        ngx.shared.pods:set("addresses", ngx.req.get_body_data())
                    }
                }
            }
            server {
                listen 127.0.0.1:{{_grpcPort}} http2;
                location / { grpc_pass grpc://grpc_pods; }
            }
        }
        """;
}
