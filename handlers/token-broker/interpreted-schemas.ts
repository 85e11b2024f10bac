import { z } from "zod";

// The few documents that the broker parses do not repay the time that compiling their schemas takes from its start. It must
// be said before the first schema is made: zod looks then.
z.config({ jitless: true });
