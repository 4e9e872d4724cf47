/** The messages of onnx.proto3 that a graph of inference needs: their names, fields and numbers are ONNX's. */
import protobuf from "protobufjs";

const SCHEMA = `
syntax = "proto3";
message AttributeProto { string name = 1; float f = 2; int64 i = 3; repeated int64 ints = 8; int32 type = 20; }
message ValueInfoProto { string name = 1; TypeProto type = 2; }
message NodeProto {
  repeated string input = 1; repeated string output = 2; string name = 3; string op_type = 4;
  repeated AttributeProto attribute = 5; string domain = 7;
}
message TensorProto { repeated int64 dims = 1; int32 data_type = 2; string name = 8; bytes raw_data = 9; }
message Dimension { int64 dim_value = 1; string dim_param = 2; }
message TensorShapeProto { repeated Dimension dim = 1; }
message Tensor { int32 elem_type = 1; TensorShapeProto shape = 2; }
message TypeProto { Tensor tensor_type = 1; }
message GraphProto {
  repeated NodeProto node = 1; string name = 2; repeated TensorProto initializer = 5;
  repeated ValueInfoProto input = 11; repeated ValueInfoProto output = 12;
}
message OperatorSetIdProto { string domain = 1; int64 version = 2; }
message ModelProto {
  int64 ir_version = 1; string producer_name = 2; GraphProto graph = 7;
  repeated OperatorSetIdProto opset_import = 8;
}`;

const Model = protobuf.parse(SCHEMA, { keepCase: true }).root.lookupType("ModelProto");

/** Element types of tensors. */
export const Element = { float: 1, uint8: 2, int32: 6, int64: 7 };

/** Types of attributes. */
const Attribute = { float: 1, int: 2, ints: 7 };

/**
 * An attribute of a node.
 * @param {string} name
 * @param {number | number[] | { float: number }} value an integer, integers, or a float
 */
export function attribute(name, value) {
  if (Array.isArray(value)) return { name, ints: value, type: Attribute.ints };
  if (typeof value === "number") return { name, i: value, type: Attribute.int };
  return { name, f: value.float, type: Attribute.float };
}

/**
 * The bytes of a model file.
 * @param {object} graph a GraphProto
 * @returns {Uint8Array}
 */
export function encode(graph) {
  const model = {
    ir_version: 10,
    producer_name: "unmask-bench",
    graph,
    opset_import: [
      { domain: "", version: 21 },
      { domain: "com.microsoft", version: 1 },
    ],
  };
  return Model.encode(Model.fromObject(model)).finish();
}
