import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { z } from "zod";

const script = readFileSync(join(__dirname, "accessibility.page.js"), "utf8");

/** What is wrong with a page for people who do not see it, do not use a mouse, or see little contrast; empty where nothing is. */
export const accessibilityProblems = async (page: Page): Promise<readonly string[]> =>
  z.array(z.string()).parse(await page.evaluate(script));
