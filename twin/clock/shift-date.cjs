"use strict";

/**
 * Shifts `globalThis.Date`: `Date.now()`, `new Date()` and `Date()` tell the real time plus an offset. Everything else of
 * Date stays what it was; both constructors share one prototype, so `instanceof` holds for dates made before, after and
 * by Node itself. Timers, performance.now() and what C++ asks the kernel for (certificate validity, file times, the Date
 * header of HTTP) keep to the real time.
 *
 * Plain CommonJS without imports, because the twin's process loads it through TypeScript and the handlers' processes
 * load it with --require.
 */
const installed = Symbol.for("keyless.twin.date-shift");

/** @returns {import("./shift-date.cjs").DateShift} */
function installDateShift() {
  if (globalThis[installed]) {
    throw new Error("The clock of this process is already movable; uninstall it first.");
  }
  const RealDate = globalThis.Date;
  const realNow = RealDate.now;
  const realConstructor = Object.getOwnPropertyDescriptor(RealDate.prototype, "constructor");
  let offset = 0;

  const now = () => realNow() + offset;
  const ShiftedDate = new Proxy(RealDate, {
    apply: () => Reflect.construct(RealDate, [now()]).toString(),
    construct: (target, parameters, newTarget) =>
      Reflect.construct(target, parameters.length === 0 ? [now()] : parameters, newTarget),
  });

  // In place, so that whoever kept the original constructor reads the same time.
  RealDate.now = now;
  Object.defineProperty(RealDate.prototype, "constructor", { ...realConstructor, value: ShiftedDate });
  globalThis.Date = ShiftedDate;
  globalThis[installed] = true;

  return {
    get offset() {
      return offset;
    },
    setOffset(milliseconds) {
      if (!Number.isSafeInteger(milliseconds)) {
        throw new RangeError("expected an offset in whole milliseconds");
      }
      offset = milliseconds;
    },
    uninstall() {
      if (globalThis.Date !== ShiftedDate) {
        return;
      }
      globalThis.Date = RealDate;
      RealDate.now = realNow;
      Object.defineProperty(RealDate.prototype, "constructor", realConstructor);
      globalThis[installed] = false;
    },
  };
}

module.exports = { installDateShift };
