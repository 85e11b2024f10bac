import { z } from "zod";

/** Forms that several parts of the configuration share. Every message names the expected form, never the value. */

export const uuid = z
  .string()
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, "expected a UUID")
  .transform((text) => text.toLowerCase());

const noNul = /^[^\0]*$/;

export const file = z.string().min(1, "expected a path to a file").regex(noNul, "expected a path without NUL");

/** An argument of a program: the operating system ends texts at NUL. */
export const argument = z.string().regex(noNul, "expected a text without NUL");

/** What a token is meant for: an audience claim, or the resource of a request. */
export const audience = z
  .string()
  .min(1, "expected an audience")
  .max(256, "expected at most 256 characters")
  .regex(/^[\x21-\x7e]+$/, "expected an audience without spaces");

/** A path into a JSON document of one step: the name of a field. */
export const jsonField = z.string().min(1, "expected the name of a field");

export const seconds = (minimum: number, maximum: number) =>
  z
    .int("expected whole seconds")
    .min(minimum, `expected at least ${minimum} seconds`)
    .max(maximum, `expected at most ${maximum} seconds`);
