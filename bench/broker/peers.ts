import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { ServerUnderTest } from "./broker";
import { bundled } from "./bundled";
import { benchSpiffeId, type Certificates } from "./certificates";
import { serverProcessor, startChild } from "./child";
import { answers } from "./client";

/** A server that the broker is measured beside; undefined where its program is not installed. */
export type Peer = (certificates: Certificates) => Promise<ServerUnderTest | undefined>;

/** @param reading How it reads who the client is. */
export const bareHttps =
  (reading: "X509Certificate" | "PeerCertificate"): Peer =>
  async ({ serverCertificate, serverKey, authority }) => {
    const files = [serverCertificate, serverKey, authority];
    const parameters = [bundled("bench/broker/bare-https.ts"), ...files, benchSpiffeId, reading];
    const child = startChild(serverProcessor, process.execPath, parameters);
    const port = Number((await child.line("port ")).slice("port ".length));
    return { ...child, port };
  };

const token = `ya29.c.${"t".repeat(987)}`;
const body = JSON.stringify({ access_token: token, token_type: "Bearer", expires_in: 3_600 });

/** One worker, as every contender has one processor. */
export const nginx: Peer = async (certificates) => {
  const program = ["/usr/sbin/nginx", "/usr/bin/nginx"].find((path) => existsSync(path));
  if (program === undefined) return undefined;
  const { directory, serverCertificate, serverKey, authority } = certificates;
  const port = await freePort();
  const configuration = certificates.write(
    "nginx.conf",
    `daemon off; master_process on; worker_processes 1; pid ${directory}/nginx.pid; error_log stderr error;
    events { worker_connections 16384; }
    http {
      access_log off; keepalive_requests 100000000; keepalive_timeout 600s;
      client_body_temp_path ${directory}/n1; proxy_temp_path ${directory}/n2; fastcgi_temp_path ${directory}/n3;
      uwsgi_temp_path ${directory}/n4; scgi_temp_path ${directory}/n5;
      server {
        listen 127.0.0.1:${port} ssl; server_name localhost;
        ssl_certificate ${serverCertificate}; ssl_certificate_key ${serverKey};
        ssl_client_certificate ${authority}; ssl_verify_client on; ssl_verify_depth 3;
        ssl_protocols TLSv1.2 TLSv1.3; ssl_session_cache shared:s:10m;
        location = /get_wif_token { default_type application/json; add_header cache-control no-store; return 200 '${body}'; }
      }
    }`,
  );
  return listening(startChild(serverProcessor, program, ["-c", configuration]), port, certificates);
};

/** A Flask application that answers with a token, as the usual service of the kind does. */
const flaskApplication = `
from flask import Flask, Response
app = Flask(__name__)
body = ${JSON.stringify(body)}
@app.get("/get_wif_token")
def token():
    return Response(body, mimetype="application/json", headers={"cache-control": "no-store"})
`;

/** One worker with sixteen threads, so that connections are kept alive. */
export const flask: Peer = async (certificates) => {
  if (!hasFlask()) return undefined;
  const { directory, serverCertificate, serverKey, authority } = certificates;
  certificates.write("bench_flask.py", flaskApplication);
  const port = await freePort();
  const parameters = [
    ...["--bind", `127.0.0.1:${port}`, "--workers", "1", "--threads", "16", "--worker-class", "gthread"],
    ...["--keep-alive", "600", "--chdir", directory, "--worker-tmp-dir", directory, "--log-level", "error"],
    ...["--certfile", serverCertificate, "--keyfile", serverKey, "--ca-certs", authority, "--cert-reqs", "2"],
    "bench_flask:app",
  ];
  return listening(startChild(serverProcessor, "/usr/bin/gunicorn", parameters), port, certificates);
};

function hasFlask(): boolean {
  if (!existsSync("/usr/bin/gunicorn")) return false;
  try {
    execFileSync("/usr/bin/python3", ["-c", "import flask"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

async function listening(
  child: ReturnType<typeof startChild>,
  port: number,
  certificates: Certificates,
): Promise<ServerUnderTest> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (await answers(port, certificates)) return { ...child, port };
    await pause(100);
  }
  await child.stop();
  throw new Error("a peer did not begin to listen");
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("expected a port");
  return address.port;
}
