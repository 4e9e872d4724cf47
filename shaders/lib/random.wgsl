// Counter-based random numbers; the twin is src/random.rs.

fn mix(seed: u32) -> u32 {
    var x = seed;
    x ^= x >> 16u;
    x *= 0x21f0aaadu;
    x ^= x >> 15u;
    x *= 0xd35a2d97u;
    return x ^ (x >> 15u);
}

// Standard Gumbel noise for one token of the row that row_key names: -ln(-ln(1 - w)).
fn gumbel(row_key: u32, token: u32) -> f32 {
    let w = min((f32(mix(token + row_key)) + 0.5) * (1.0 / 4294967296.0), 0.9999999);
    var log_survival = log(1.0 - w);
    if w < 1e-3 {
        // 1 - w would round; the series of log1p(-w) does not.
        log_survival = -w - 0.5 * w * w - w * w * w / 3.0;
    }
    return -log(-log_survival);
}
