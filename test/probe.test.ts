import { SignJWT, generateKeyPair } from "jose";
import Provider from "oidc-provider";
import { PGlite } from "@electric-sql/pglite";
import { parse, plan, run } from "@bufbuild/cel";
import "reflect-metadata";
import { X509CertificateGenerator } from "@peculiar/x509";
it("loads", async () => {
  expect([SignJWT, generateKeyPair, Provider, PGlite, parse, plan, run, X509CertificateGenerator].every((x) => typeof x === "function")).toBe(true);
  const db = new PGlite(); const r = await db.query("select 1 as x"); expect(r.rows).toEqual([{x:1}]); await db.close();
  const p = new Provider("https://x.example/t", {});
  expect(p.callback()).toBeDefined();
});
