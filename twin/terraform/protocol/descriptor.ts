import protobuf from "protobufjs";

/**
 * The messages of Terraform's plugin protocol 5 as far as the twin speaks it. Only the numbers and types of fields are
 * on the wire; the names are ours.
 * Source: developer.hashicorp.com/terraform/plugin/terraform-plugin-protocol.
 */

type Field = { readonly id: number; readonly type: string; readonly rule?: "repeated"; readonly keyType?: string };

const one = (id: number, type: string): Field => ({ id, type });
const many = (id: number, type: string): Field => ({ id, type, rule: "repeated" });
const byName = (id: number, type: string): Field => ({ id, type, keyType: "string" });
const message = (fields: Readonly<Record<string, Field>>) => ({ fields });

const root = protobuf.Root.fromJSON({
  nested: {
    Empty: message({}),
    DynamicValue: message({ msgpack: one(1, "bytes"), json: one(2, "bytes") }),
    PathStep: message({
      attributeName: one(1, "string"),
      elementKeyString: one(2, "string"),
      elementKeyInt: one(3, "int64"),
    }),
    AttributePath: message({ steps: many(1, "PathStep") }),
    Diagnostic: message({
      severity: one(1, "int32"),
      summary: one(2, "string"),
      detail: one(3, "string"),
      attribute: one(4, "AttributePath"),
    }),

    Attribute: message({
      name: one(1, "string"),
      type: one(2, "bytes"),
      description: one(3, "string"),
      required: one(4, "bool"),
      optional: one(5, "bool"),
      computed: one(6, "bool"),
      sensitive: one(7, "bool"),
    }),
    NestedBlock: message({
      typeName: one(1, "string"),
      block: one(2, "Block"),
      nesting: one(3, "int32"),
      minItems: one(4, "int64"),
      maxItems: one(5, "int64"),
    }),
    Block: message({
      version: one(1, "int64"),
      attributes: many(2, "Attribute"),
      blockTypes: many(3, "NestedBlock"),
    }),
    Schema: message({ version: one(1, "int64"), block: one(2, "Block") }),
    ServerCapabilities: message({ planDestroy: one(1, "bool"), getProviderSchemaOptional: one(2, "bool") }),
    GetSchemaResponse: message({
      provider: one(1, "Schema"),
      resourceSchemas: byName(2, "Schema"),
      dataSourceSchemas: byName(3, "Schema"),
      diagnostics: many(4, "Diagnostic"),
      serverCapabilities: one(6, "ServerCapabilities"),
    }),

    Diagnostics: message({ diagnostics: many(1, "Diagnostic") }),
    PrepareRequest: message({ config: one(1, "DynamicValue") }),
    PrepareResponse: message({ preparedConfig: one(1, "DynamicValue"), diagnostics: many(2, "Diagnostic") }),
    ConfigureRequest: message({ terraformVersion: one(1, "string"), config: one(2, "DynamicValue") }),
    TypeAndConfig: message({ typeName: one(1, "string"), config: one(2, "DynamicValue") }),

    RawState: message({ json: one(1, "bytes") }),
    UpgradeRequest: message({
      typeName: one(1, "string"),
      version: one(2, "int64"),
      rawState: one(3, "RawState"),
    }),
    UpgradeResponse: message({ upgradedState: one(1, "DynamicValue"), diagnostics: many(2, "Diagnostic") }),

    ReadRequest: message({
      typeName: one(1, "string"),
      currentState: one(2, "DynamicValue"),
      private: one(3, "bytes"),
    }),
    ReadResponse: message({
      newState: one(1, "DynamicValue"),
      diagnostics: many(2, "Diagnostic"),
      private: one(3, "bytes"),
    }),

    PlanRequest: message({
      typeName: one(1, "string"),
      priorState: one(2, "DynamicValue"),
      proposedNewState: one(3, "DynamicValue"),
      config: one(4, "DynamicValue"),
      priorPrivate: one(5, "bytes"),
    }),
    PlanResponse: message({
      plannedState: one(1, "DynamicValue"),
      requiresReplace: many(2, "AttributePath"),
      plannedPrivate: one(3, "bytes"),
      diagnostics: many(4, "Diagnostic"),
      legacyTypeSystem: one(5, "bool"),
    }),

    ApplyRequest: message({
      typeName: one(1, "string"),
      priorState: one(2, "DynamicValue"),
      plannedState: one(3, "DynamicValue"),
      config: one(4, "DynamicValue"),
      plannedPrivate: one(5, "bytes"),
    }),
    ApplyResponse: message({
      newState: one(1, "DynamicValue"),
      private: one(2, "bytes"),
      diagnostics: many(3, "Diagnostic"),
      legacyTypeSystem: one(4, "bool"),
    }),

    ImportRequest: message({ typeName: one(1, "string"), id: one(2, "string") }),
    ImportedResource: message({
      typeName: one(1, "string"),
      state: one(2, "DynamicValue"),
      private: one(3, "bytes"),
    }),
    ImportResponse: message({
      importedResources: many(1, "ImportedResource"),
      diagnostics: many(2, "Diagnostic"),
    }),
    ReadDataSourceResponse: message({ state: one(1, "DynamicValue"), diagnostics: many(2, "Diagnostic") }),
  },
});

/** Reads a message; fields that were left out have their zero values. */
export function decodeMessage(name: string, bytes: Uint8Array): unknown {
  const type = root.lookupType(name);
  return type.toObject(type.decode(bytes), { defaults: true, longs: Number });
}

/** Writes a message. Fields that are undefined are left out. */
export function encodeMessage(name: string, value: object): Buffer {
  const type = root.lookupType(name);
  const problem = type.verify(value);
  if (problem !== null) throw new Error(`${name}: ${problem}`);
  return Buffer.from(type.encode(type.create(value)).finish());
}
