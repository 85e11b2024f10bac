import { createSolver } from "./solver";

const easy = (value: number) =>
  `(declare-const x Int)(assert (= (* x x) ${value}))(assert (> x 0))\n(check-sat)(get-value (x))`;
/** Three cubes that add up to 42: nobody finds them in a moment. */
const hard = `(declare-const a Int)(declare-const b Int)(declare-const c Int)
(assert (= (+ (* a a a) (* b b b) (* c c c)) 42))(check-sat)`;
const timeLimit = 120_000;

describe("the solver", () => {
  it(
    "answers with a model or with none, and refuses what is no question",
    async () => {
      const solver = createSolver();
      try {
        expect(await solver.solve(easy(9), 30_000)).toEqual({ kind: "model", values: expect.stringContaining("x 3") });
        expect(await solver.solve("(assert false)(check-sat)", 30_000)).toEqual({ kind: "none" });
        for (const nonsense of ["(assert", "(check-sat", ")", "", "(exit)", "(assert (= x 1))(check-sat)"])
          expect(await solver.solve(nonsense, 30_000)).toMatchObject({ kind: "undecided" });
        expect(await solver.solve(easy(16), 30_000)).toMatchObject({ kind: "model" });
      } finally {
        solver.close();
      }
    },
    timeLimit,
  );

  it(
    "is cut off when its time is over, says nothing then, and answers the next question",
    async () => {
      const solver = createSolver();
      try {
        const [first, second] = await Promise.all([solver.solve(hard, 500), solver.solve(easy(25), 30_000)]);
        expect(first).toMatchObject({ kind: "undecided" });
        expect(second).toMatchObject({ kind: "model" });
        // What was not decided is asked again.
        expect(await solver.solve(hard, 200)).toMatchObject({ kind: "undecided" });
      } finally {
        solver.close();
      }
    },
    timeLimit,
  );

  it(
    "says nothing once it is closed, of questions that were open too",
    async () => {
      const solver = createSolver();
      const open = solver.solve(hard, 60_000);
      // The question is on its way.
      await new Promise((done) => setImmediate(done));
      solver.close();
      expect(await open).toEqual({ kind: "undecided", reason: "the solver was closed" });
      expect(await solver.solve(easy(36), 1000)).toEqual({ kind: "undecided", reason: "the solver was closed" });
    },
    timeLimit,
  );
});
