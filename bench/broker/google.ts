import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { setTimeout as pause } from "node:timers/promises";

/** What the Security Token Service and IAM Credentials stand-in was asked so far. */
export interface UpstreamCalls {
  exchanges: number;
  impersonations: number;
}

/** About as long as Google's access tokens are. */
const opaqueToken = () => `ya29.c.${randomBytes(740).toString("base64url")}`;

/** Unsigned, for the broker reads only its times. */
function idToken(lifetimeSeconds: number): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = { exp: Math.floor(Date.now() / 1000) + lifetimeSeconds, jti: randomBytes(8).toString("hex") };
  return `${part({ alg: "RS256", typ: "JWT" })}.${part(claims)}.${randomBytes(256).toString("base64url")}`;
}

/** A stand-in for Google's two services on the loopback interface, that counts and can be slow or away. */
export async function startGoogle() {
  const calls: UpstreamCalls = { exchanges: 0, impersonations: 0 };
  const state = { lifetimeSeconds: 3_600, delayMilliseconds: 0, isDown: false };
  const server = createServer((request, response) => {
    request.resume().on("end", async () => {
      if (state.isDown) return void request.socket.destroy();
      const { url = "" } = request;
      const isExchange = url === "/v1/token";
      if (isExchange) calls.exchanges++;
      else calls.impersonations++;
      if (state.delayMilliseconds > 0) await pause(state.delayMilliseconds);
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify(isExchange ? exchanged() : impersonated(url, state.lifetimeSeconds)));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("expected a port");
  return {
    origin: `http://127.0.0.1:${address.port}`,
    calls,
    state,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

export type BenchGoogle = Awaited<ReturnType<typeof startGoogle>>;

export const exchanged = () => ({
  access_token: opaqueToken(),
  issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
  token_type: "Bearer",
  expires_in: 3_600,
});

export const impersonated = (url: string, lifetimeSeconds: number) =>
  url.endsWith(":generateIdToken")
    ? { token: idToken(lifetimeSeconds) }
    : { accessToken: opaqueToken(), expireTime: new Date(Date.now() + lifetimeSeconds * 1_000).toISOString() };
