// QK-norm: RMSNorm over the head dimension, one gain for the query heads and one for the key heads.

// [2, head_dim]: the query gain, then the key gain.
@group(0) @binding(6) var<storage, read> gains: array<f32>;

fn head_factor(at: u32, head: u32, lane: Lane) -> f32 {
    var squares = 0.0;
    for (var i = lane.index; i < params.head_dim; i += WORKGROUP) {
        squares += qkv[at + i] * qkv[at + i];
    }
    return inverseSqrt(reduce_sum(squares, lane) / f32(params.head_dim) + params.eps);
}

fn head_gain(head: u32, i: u32) -> f32 {
    return gains[select(0u, params.head_dim, head >= params.query_heads) + i];
}
