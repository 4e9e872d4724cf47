// What the host says about one row that needs a record.

struct RecordRow {
    // Row of the forward whose hidden state predicts the position.
    row: u32,
    // Key of the row's random numbers.
    key: u32,
    // Token now at the position; NO_TOKEN for MASK.
    current: u32,
    // Factor from raw logits to stat space.
    scale: f32,
    // Factor of the Gumbel noise, in stat space.
    noise: f32,
}

const NO_TOKEN: u32 = 0xffffffffu;
