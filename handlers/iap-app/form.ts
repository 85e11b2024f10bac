import type { FastifyInstance } from "fastify";
import { z } from "zod";

/** Bytes; the longest description, percent-encoded, and some room. */
const formBodyLimit = 64 * 1024;

/** Teaches the server application/x-www-form-urlencoded and nothing else. The body becomes a URLSearchParams. */
export function acceptForms(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    "application/x-www-form-urlencoded",
    { parseAs: "string", bodyLimit: formBodyLimit },
    (_request, body, done) => done(null, new URLSearchParams(body.toString())),
  );
}

/** Fields of a form as plain text. A field that comes twice is left out: no reader may pick another one than the next. */
export function formFields(body: unknown): Record<string, string> {
  if (!(body instanceof URLSearchParams)) return {};
  const single = [...new Set(body.keys())].filter((name) => body.getAll(name).length === 1);
  return Object.fromEntries(single.map((name) => [name, body.get(name) ?? ""]));
}

/**
 * Text that a person typed: line ends as \n, blanks around it removed, no control characters but tab and line end
 * (PostgreSQL takes no NUL), characters counted as PostgreSQL counts them.
 */
export const typedText = (what: string, least: number, most: number) =>
  z
    .string(`${what} is missing.`)
    .transform((text) => text.replaceAll("\r\n", "\n").trim())
    .refine((text) => !/[^\P{Cc}\t\n]/u.test(text), `${what} holds a control character.`)
    .refine((text) => [...text].length >= least, `${what} is empty.`)
    .refine((text) => [...text].length <= most, `${what} is longer than ${most} characters.`);
