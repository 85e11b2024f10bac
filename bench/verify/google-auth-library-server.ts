import { createServer, type Server } from "node:http";
import { OAuth2Client } from "google-auth-library";
import type { ServerTask } from "./server-task";

/**
 * google-auth-library behind node:http. As documented (cloud.google.com/iap/docs/signed-headers-howto), every request asks the
 * library for IAP's keys, which it fetches each time; with keys in memory they are fetched once.
 */
export async function googleAuthLibraryServer(task: ServerTask): Promise<Server> {
  const client = new OAuth2Client({ endpoints: { oauth2IapPublicKeyUrl: task.pemUrl } });
  const isDocumented = task.contender === "gal-documented";
  const once = isDocumented ? undefined : (await client.getIapPublicKeys()).pubkeys;
  return createServer((request, response) => {
    const verify = async () => {
      const keys = once ?? (await client.getIapPublicKeys()).pubkeys;
      const assertion = String(request.headers["x-goog-iap-jwt-assertion"]);
      const ticket = await client.verifySignedJwtWithCertsAsync(assertion, keys, [task.audience], [task.issuer]);
      return ticket.getPayload()?.email ?? "";
    };
    verify().then(
      (email) => response.end(email),
      () => response.writeHead(401).end(),
    );
  });
}
