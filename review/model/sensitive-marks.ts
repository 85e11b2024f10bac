import type { Json } from "../../analysis";

/**
 * `before_sensitive`, `after_sensitive` and `sensitive_values` of Terraform's JSON: `true` where all below is sensitive, an
 * object or list parallel to the value otherwise. Anything that is neither absence nor `false` counts as a mark.
 */
export type SensitiveMarks = Json | undefined;

export const isMarked = (marks: SensitiveMarks): boolean =>
  marks !== undefined && marks !== null && marks !== false && typeof marks !== "object";

/** Whether anything below is marked. */
export function holdsMark(marks: SensitiveMarks): boolean {
  if (typeof marks === "object" && marks !== null) return Object.values(marks).some(holdsMark);
  return isMarked(marks);
}

/** Marks of what stands under the key; what the marks do not mention is not marked. */
export function marksUnder(marks: SensitiveMarks, key: string | number): SensitiveMarks {
  if (typeof marks !== "object" || marks === null) return marks;
  return Object.getOwnPropertyDescriptor(marks, String(key))?.value;
}

/** Marks of both: what was sensitive before is not shown after, and the other way round. */
export function mergeMarks(one: SensitiveMarks, other: SensitiveMarks): SensitiveMarks {
  if (isMarked(one) || isMarked(other)) return true;
  if (typeof one !== "object" || one === null) return other;
  if (typeof other !== "object" || other === null) return one;
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries(
    [...keys].map((key) => [key, mergeMarks(marksUnder(one, key), marksUnder(other, key)) ?? false]),
  );
}

/** Whether the marks have another shape than the value, so that one cannot say what they mark. */
export function misfits(marks: SensitiveMarks, value: Json): boolean {
  const markedDeep = typeof marks === "object" && marks !== null;
  const valueDeep = typeof value === "object" && value !== null;
  return markedDeep && !valueDeep && holdsMark(marks);
}
