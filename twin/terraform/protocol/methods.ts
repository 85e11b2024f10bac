import { z } from "zod";
import type { Json } from "../../../analysis";
import { decodeMessage, encodeMessage } from "./descriptor";
import { decodeValue, dynamicValue, encodeValue } from "./dynamic-value";
import type { AttributePath, Diagnostic, ProviderService } from "./provider-service";

/** Answers an encoded request with an encoded response. */
export type Method = (service: ProviderService, request: Uint8Array) => Buffer;

const severities = { error: 1, warning: 2 } as const;
const typeName = z.string().min(1);

const typeAndConfig = z.object({ typeName, config: value() });
const rawState = z.object({ json: z.instanceof(Uint8Array) }).nullable();

/** A method whose request is read as `message` in the shape of `schema`, and whose answer is written as `response`. */
function method<Request>(
  message: string,
  schema: z.ZodType<Request>,
  response: string,
  answer: (service: ProviderService, request: Request) => object,
): Method {
  return (service, bytes) => encodeMessage(response, answer(service, schema.parse(decodeMessage(message, bytes))));
}

const nothing = (): Buffer => encodeMessage("Empty", {});

/** The methods of `tfplugin5.Provider` that the twin answers. Of others gRPC says UNIMPLEMENTED, which Terraform takes for "not offered". */
export const methods: Readonly<Record<string, Method>> = {
  GetSchema: (service) => service.schemas(),
  GetFunctions: nothing,
  GetResourceIdentitySchemas: nothing,
  Stop: nothing,

  PrepareProviderConfig: method(
    "PrepareRequest",
    z.object({ config: value() }),
    "PrepareResponse",
    (_, { config }) => ({ preparedConfig: encodeValue(config) }),
  ),
  Configure: method("ConfigureRequest", z.object({ config: value() }), "Diagnostics", (service, { config }) => ({
    diagnostics: service.configure(config).map(diagnosticMessage),
  })),
  ValidateResourceTypeConfig: method(
    "TypeAndConfig",
    typeAndConfig,
    "Diagnostics",
    (service, { typeName, config }) => ({
      diagnostics: service.validateResource(typeName, config).map(diagnosticMessage),
    }),
  ),
  ValidateDataSourceConfig: method("TypeAndConfig", typeAndConfig, "Diagnostics", (service, { typeName, config }) => ({
    diagnostics: service.validateDataSource(typeName, config).map(diagnosticMessage),
  })),
  UpgradeResourceState: method(
    "UpgradeRequest",
    z.object({ typeName, rawState }),
    "UpgradeResponse",
    (service, { typeName, rawState }) => {
      const written = decodeValue(new Uint8Array(), rawState?.json);
      const { state, diagnostics } = service.upgradeState(typeName, written);
      return { upgradedState: encodeValue(state), diagnostics: diagnostics.map(diagnosticMessage) };
    },
  ),
  ReadResource: method(
    "ReadRequest",
    z.object({ typeName, currentState: value(), private: z.instanceof(Uint8Array) }),
    "ReadResponse",
    (service, { typeName, currentState, private: kept }) => {
      const { state, diagnostics } = service.readResource(typeName, currentState);
      return {
        newState: encodeValue(state),
        ...asKept("private", kept),
        diagnostics: diagnostics.map(diagnosticMessage),
      };
    },
  ),
  PlanResourceChange: method(
    "PlanRequest",
    z.object({
      typeName,
      priorState: value(),
      proposedNewState: value(),
      config: value(),
      priorPrivate: z.instanceof(Uint8Array),
    }),
    "PlanResponse",
    (service, { typeName, priorState: prior, proposedNewState: proposed, config, priorPrivate }) => {
      const { state, requiresReplace, diagnostics } = service.planResource(typeName, { prior, proposed, config });
      return {
        plannedState: encodeValue(state),
        requiresReplace: requiresReplace.map(pathMessage),
        ...asKept("plannedPrivate", priorPrivate),
        diagnostics: diagnostics.map(diagnosticMessage),
        legacyTypeSystem: true,
      };
    },
  ),
  ApplyResourceChange: method(
    "ApplyRequest",
    z.object({
      typeName,
      priorState: value(),
      plannedState: value(),
      config: value(),
      plannedPrivate: z.instanceof(Uint8Array),
    }),
    "ApplyResponse",
    (service, { typeName, priorState: prior, plannedState: planned, config, plannedPrivate }) => {
      const { state, diagnostics } = service.applyResource(typeName, { prior, planned, config });
      return {
        newState: encodeValue(state),
        ...asKept("private", plannedPrivate),
        diagnostics: diagnostics.map(diagnosticMessage),
        legacyTypeSystem: true,
      };
    },
  ),
  ImportResourceState: method(
    "ImportRequest",
    z.object({ typeName, id: z.string() }),
    "ImportResponse",
    (service, { typeName, id }) => {
      const { state, diagnostics } = service.importResource(typeName, id);
      return {
        importedResources: state === null ? [] : [{ typeName, state: encodeValue(state) }],
        diagnostics: diagnostics.map(diagnosticMessage),
      };
    },
  ),
  ReadDataSource: method("TypeAndConfig", typeAndConfig, "ReadDataSourceResponse", (service, { typeName, config }) => {
    const { state, diagnostics } = service.readDataSource(typeName, config);
    return { state: encodeValue(state), diagnostics: diagnostics.map(diagnosticMessage) };
  }),
};

/** A value of Terraform; one that was not sent is null. */
function value(): z.ZodType<Json> {
  return z.unknown().transform((sent): Json => (sent === null || sent === undefined ? null : dynamicValue.parse(sent)));
}

/** What Terraform keeps for the provider. Left out where there is nothing: no bytes would be a value that the state did not have. */
function asKept(field: string, bytes: Uint8Array): object {
  return bytes.length === 0 ? {} : { [field]: bytes };
}

function diagnosticMessage({ severity, summary, detail, path = [] }: Diagnostic): object {
  return {
    severity: severities[severity],
    summary,
    ...(detail === undefined ? {} : { detail }),
    ...(path.length === 0 ? {} : { attribute: pathMessage(path) }),
  };
}

function pathMessage(path: AttributePath): object {
  return { steps: path };
}
