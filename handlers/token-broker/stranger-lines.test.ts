import { StrangerLines } from "./stranger-lines";

describe("StrangerLines", () => {
  it("admits ten more lines a second, and never more than two hundred at once", () => {
    let now = 0;
    const lines = new StrangerLines(() => now);
    const admitted = () => Array.from({ length: 500 }, () => lines.admit()).filter((isAdmitted) => isAdmitted).length;
    expect(admitted()).toBe(200);
    now += 1_000;
    expect(admitted()).toBe(10);
    expect(lines.takeLeftOut()).toBe(790);
    expect(lines.takeLeftOut()).toBeUndefined();
    now += 3_600_000;
    expect(admitted()).toBe(200);
  });
});
