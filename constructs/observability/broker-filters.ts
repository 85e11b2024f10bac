import { brokerEvents } from "../../facts/broker-log";
import { allOf, equals, type LogFilter } from "./log-filter";

/** Lines of the token broker with an event, as Cloud Run hands them to Cloud Logging. */
export const brokerEvent = (service: string, event: keyof typeof brokerEvents): LogFilter =>
  allOf(
    equals("resource.type", "cloud_run_revision"),
    equals("resource.labels.service_name", service),
    equals("jsonPayload.event", brokerEvents[event]),
  );
