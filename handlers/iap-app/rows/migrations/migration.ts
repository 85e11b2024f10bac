/** One step of the schema. A step that has been released is never changed: a new one follows. */
export interface Migration {
  readonly name: string;
  /** Statements, run together in one transaction. As text in the code, so that it is part of the bundle. */
  readonly sql: string;
}
