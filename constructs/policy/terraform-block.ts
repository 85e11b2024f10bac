/** Values of a resource as Terraform reads them, with CDKTF's references still in them. */
export type Block = Readonly<Record<string, unknown>>;

export function isBlock(value: unknown): value is Block {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The blocks of a name, written as an object or as a list of them. */
export function blocksOf(values: Block, name: string): readonly Block[] {
  const value = values[name];
  if (Array.isArray(value)) return value.filter(isBlock);
  return isBlock(value) ? [value] : [];
}

/** A text without what Terraform fills in. */
export const withoutTemplates = (text: string): string => text.replaceAll(/\$\{[^}]*\}/g, "");

/** Whether all that Terraform fills in are attributes of resources or data sources. */
export const hasOnlyReferences = (text: string): boolean =>
  !/[$%]\{/.test(text.replaceAll(/\$\{(?:data\.)?[a-z0-9]+_[a-z0-9_]+\.[\w-]+(?:\.[\w-]+|\[\d+\])*\}/g, ""));

export const textOf = (values: Block, name: string): string => {
  const value = values[name];
  return typeof value === "string" ? value : "";
};

export const textsOf = (values: Block, name: string): readonly string[] => {
  const value = values[name];
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
};
