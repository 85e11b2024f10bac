/** Types of records that are no Terraform resources, and so never declared, planned or removed by a stack. */

/** A service agent that Google made on request. */
export const serviceAgentType = "keyless_service_agent";

/** A project that exists before anything is applied: `project_id` and `number`. */
export const projectType = "keyless_project";
