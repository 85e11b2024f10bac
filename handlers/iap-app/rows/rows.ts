import type { z } from "zod";
import type { Reader } from "./reader";

/**
 * Runs one statement and parses each row.
 *
 * @param sql One statement, written in the code; whatever comes from outside is a parameter ($1, $2, ...).
 * @throws z.ZodError where a row has another form; the database's error where it refuses.
 */
export type Query = <Row extends z.ZodType>(
  row: Row,
  sql: string,
  parameters?: readonly (string | number)[],
) => Promise<z.output<Row>[]>;

/** A database with row-level security: the only way in is in somebody's name. */
export interface Rows {
  /**
   * Runs the work in one transaction that sees and writes what this person may only. An error rolls back everything and
   * is thrown on. The query is of no use after the work has ended.
   */
  as<Result>(reader: Reader, work: (query: Query) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}
