import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  Server,
  ServerCredentials,
  type ServiceDefinition,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { methods } from "./methods";
import type { ProviderService } from "./provider-service";

const megabyte = 1024 * 1024;
/** Bytes. Terraform takes answers of up to 64 MB; requests hold one resource, and are far smaller. */
const limits = { request: 16 * megabyte, response: 64 * megabyte } as const;
/** Milliseconds that running calls have to end. */
const grace = 1000;

/** A provider that listens. */
export interface ProviderServer {
  /** As Terraform wants it in TF_REATTACH_PROVIDERS. */
  readonly attachment: {
    readonly Protocol: "grpc";
    readonly ProtocolVersion: 5;
    readonly Pid: number;
    readonly Test: true;
    readonly Addr: { readonly Network: "unix" | "tcp"; readonly String: string };
  };
  close(): Promise<void>;
}

export interface ProviderServerOptions {
  /** Told of an error inside the provider; never holds a value of a resource. */
  readonly onError?: (error: unknown, method: string) => void;
  /** `socket` unless on Windows: a file that only this user can reach, where a port is open to every user of the machine. */
  readonly transport?: "socket" | "port";
}

/** Serves a provider to any number of Terraform processes. */
export async function serveProvider(
  service: ProviderService,
  { onError, transport = process.platform === "win32" ? "port" : "socket" }: ProviderServerOptions = {},
): Promise<ProviderServer> {
  const server = new Server({
    "grpc.max_receive_message_length": limits.request,
    "grpc.max_send_message_length": limits.response,
  });
  server.addService(definition, implementation(service, onError));
  // Of the system's temporary files, since the path of a socket may not be longer than about a hundred bytes.
  const directory = transport === "socket" ? await mkdtemp(join(tmpdir(), "keyless-provider-")) : undefined;
  const removeDirectory = async () => {
    if (directory !== undefined) await rm(directory, { recursive: true, force: true });
  };
  try {
    const path = directory === undefined ? undefined : join(directory, "grpc.sock");
    const port = await listen(server, path === undefined ? "127.0.0.1:0" : `unix:${path}`);
    return {
      attachment: {
        Protocol: "grpc",
        ProtocolVersion: 5,
        Pid: process.pid,
        Test: true,
        Addr: path === undefined ? { Network: "tcp", String: `127.0.0.1:${port}` } : { Network: "unix", String: path },
      },
      close: async () => {
        await shutDown(server);
        await removeDirectory();
      },
    };
  } catch (error) {
    await removeDirectory();
    throw error;
  }
}

const asIs = (bytes: Buffer): Buffer => bytes;

const definition: ServiceDefinition<UntypedServiceImplementation> = Object.fromEntries(
  Object.keys(methods).map((name) => [
    name,
    {
      path: `/tfplugin5.Provider/${name}`,
      requestStream: false,
      responseStream: false,
      requestSerialize: asIs,
      requestDeserialize: asIs,
      responseSerialize: asIs,
      responseDeserialize: asIs,
    },
  ]),
);

function implementation(
  service: ProviderService,
  onError: ProviderServerOptions["onError"],
): UntypedServiceImplementation {
  return Object.fromEntries(
    Object.entries(methods).map(([name, method]) => [
      name,
      (call: { readonly request: Buffer }, answer: (error: object | null, response?: Buffer) => void) => {
        try {
          answer(null, method(service, call.request));
        } catch (error) {
          onError?.(error, name);
          answer({ code: status.INTERNAL, details: `The twin could not answer ${name}; its log says why.` });
        }
      },
    ]),
  );
}

function listen(server: Server, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
}

function shutDown(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      server.forceShutdown();
      resolve();
    }, grace);
    server.tryShutdown(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
