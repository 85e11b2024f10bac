import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { createServer, type Server } from "node:http";
import { z } from "zod";
import type { ServerTask } from "./server-task";

const jwksSchema = z.object({ keys: z.array(z.looseObject({ kid: z.string() })) });

/**
 * The least that anybody could do: the signature, on the thread pool, and three claims; no check of form, of the header, of who it
 * is, and no key that changes.
 */
export async function bareServer({ jwksUrl, issuer, audience }: ServerTask): Promise<Server> {
  const { keys } = jwksSchema.parse(await (await fetch(jwksUrl)).json());
  const [jwk] = keys;
  if (jwk === undefined) throw new Error("the key server has no key");
  const key = createPublicKey({ key: jwk, format: "jwk" });
  return createServer((request, response) => {
    const assertion = String(request.headers["x-goog-iap-jwt-assertion"]);
    const [header = "", payload = "", signature = ""] = assertion.split(".");
    verifyAsync(key, `${header}.${payload}`, Buffer.from(signature, "base64url")).then((valid) => {
      const { iss, aud, exp, email } = JSON.parse(Buffer.from(payload, "base64url").toString());
      if (valid && iss === issuer && aud === audience && exp > Date.now() / 1000) response.end(email);
      else response.writeHead(401).end();
    });
  });
}

const verifyAsync = (key: KeyObject, input: string, signature: Buffer): Promise<boolean> =>
  new Promise((resolve) => {
    verify("sha256", Buffer.from(input), { key, dsaEncoding: "ieee-p1363" }, signature, (error, valid) =>
      resolve(error === null && valid),
    );
  });
