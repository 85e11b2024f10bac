export { installMovableClock, type MovableClock } from "./movable-clock";
export { realNow } from "./real-time";
