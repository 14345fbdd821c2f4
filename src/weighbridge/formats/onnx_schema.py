"""ONNX: the fields of every message, and the element types.

Source: onnx.proto of ONNX 1.23 (IR version 14). `*` repeated, `!` kept, `#` counted; see `protobuf.schema`.
Field numbers that are reserved there are unknown here.
"""

from __future__ import annotations

from typing import Final

from weighbridge.formats.protobuf import schema

IR_VERSIONS: Final = range(1, 15)
STRING = 8
BITS: Final = {
    **dict.fromkeys((25, 26), 2),  # UINT2 INT2
    **dict.fromkeys((21, 22, 23), 4),  # UINT4 INT4 FLOAT4E2M1
    **dict.fromkeys((27, 28), 6),  # FLOAT6E2M3 FLOAT6E3M2
    **dict.fromkeys((2, 3, 9, 17, 18, 19, 20, 24), 8),  # UINT8 INT8 BOOL FLOAT8…
    **dict.fromkeys((4, 5, 10, 16), 16),  # UINT16 INT16 FLOAT16 BFLOAT16
    **dict.fromkeys((1, 6, 12), 32),  # FLOAT INT32 UINT32
    **dict.fromkeys((7, 11, 13, 14), 64),  # INT64 DOUBLE UINT64 COMPLEX64
    15: 128,  # COMPLEX128
}
"""Bits of one element by `TensorProto.DataType`; text (8) has none."""

STANDARD_DOMAINS: Final = frozenset(
    {"", "ai.onnx", "ai.onnx.ml", "ai.onnx.training", "ai.onnx.preview", "ai.onnx.preview.training"}
)

TABLE: Final = schema("""
Model
1 ir_version! int
8 opset_import* OperatorSet
2 producer_name! text
3 producer_version! text
4 domain! text
5 model_version! int
6 doc_string! text
7 graph# Graph
14 metadata_props* Pair
20 training_info*# Training
25 functions* Function
26 configuration* Device
OperatorSet
1 domain! text
2 version! int
Pair
1 key! text
2 value! text
PassedPair
1 key text
2 value text
Device
1 name text
2 num_devices int
3 device* text
Training
1 initialization Graph
2 algorithm Graph
3 initialization_binding* PassedPair
4 update_binding* PassedPair
Graph
1 node* Node
2 name text
5 initializer*# Tensor
15 sparse_initializer*# Sparse
10 doc_string text
11 input* ValueInfo
12 output* ValueInfo
13 value_info* ValueInfo
14 quantization_annotation* Annotation
16 metadata_props* PassedPair
Annotation
1 tensor_name text
2 quant_parameter_tensor_names* PassedPair
ValueInfo
1 name text
2 type Type
3 doc_string text
4 metadata_props* PassedPair
Node
1 input* text
2 output* text
3 name text
4 op_type! text
7 domain! text
8 overload text
5 attribute* Attribute
6 doc_string text
9 metadata_props* PassedPair
10 device_configurations* NodeDevice
NodeDevice
1 configuration_id text
2 sharding_spec* Sharding
3 pipeline_stage int
Sharding
1 tensor_name text
2 device* int
3 index_to_device_group_map* IntList
4 sharded_dim* ShardedDim
IntList
1 key int
2 value* int
ShardedDim
1 axis int
2 simple_sharding* SimpleShardedDim
SimpleShardedDim
1 dim_value int
2 dim_param text
3 num_shards int
Function
1 name! text
4 input* text
5 output* text
6 attribute* text
11 attribute_proto* Attribute
7 node* Node
8 doc_string text
9 opset_import* OperatorSet
10 domain! text
13 overload! text
12 value_info* ValueInfo
14 metadata_props* PassedPair
Attribute
1 name text
21 ref_attr_name text
13 doc_string text
20 type int
2 f float
3 i int
4 s text
5 t Tensor
6 g Graph
22 sparse_tensor Sparse
14 tp Type
7 floats* float
8 ints* int
9 strings* text
10 tensors* Tensor
11 graphs* Graph
23 sparse_tensors* Sparse
15 type_protos* Type
Sparse
1 values Tensor
2 indices Tensor
3 dims* int
Tensor
1 dims*! int
2 data_type! int
3 segment# Segment
4 float_data*# float
5 int32_data*# int
6 string_data*# text
7 int64_data*# int
8 name! text
12 doc_string text
9 raw_data# bytes
13 external_data* Pair
14 data_location! int
10 double_data*# double
11 uint64_data*# int
16 metadata_props* PassedPair
Segment
1 begin int
2 end int
Type
1 tensor_type TensorType
4 sequence_type ElementType
5 map_type MapType
9 optional_type ElementType
8 sparse_tensor_type TensorType
7 opaque_type OpaqueType
6 denotation text
TensorType
1 elem_type int
2 shape Shape
ElementType
1 elem_type Type
MapType
1 key_type int
2 value_type Type
OpaqueType
1 domain text
2 name text
Shape
1 dim* Dimension
Dimension
1 dim_value int
2 dim_param! text
3 denotation text
""")
