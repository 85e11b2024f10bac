import { join } from "node:path";
import { projectDirectory } from "../../twin/runner/project-directory";
import type { Workspace } from "./prepare-stacks";

/** This project, with the output of the synthesis where cdktf has it too. */
export const usualWorkspace = (): Workspace => {
  const project = projectDirectory();
  return { project, output: process.env["CDKTF_OUTDIR"] ?? join(project, "cdktf.out") };
};
