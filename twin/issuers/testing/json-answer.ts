import type { JSONWebKeySet } from "jose";
import { z } from "zod";

const objectSchema = z.record(z.string(), z.unknown());
const jwksSchema = z.object({ keys: z.array(z.looseObject({ kty: z.string(), kid: z.string() })).min(1) });

/** Status and JSON object of a response. */
export async function jsonAnswer(response: Response): Promise<{ status: number; body: Record<string, unknown> }> {
  return { status: response.status, body: objectSchema.parse(await response.json()) };
}

/** The JWK set at an address. */
export async function publishedKeys(url: string): Promise<JSONWebKeySet> {
  return jwksSchema.parse(await (await fetch(url)).json());
}
