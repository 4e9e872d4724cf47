#import lib/stats

// The 40-byte record; src/record.rs documents the fields.
struct Record {
    top1: u32,
    top2: u32,
    samp: u32,
    l1: f32,
    l2: f32,
    lse: f32,
    ent: f32,
    l_cur: f32,
    l_eos: f32,
    l_samp: f32,
}

fn record_of(s: Stats) -> Record {
    let log_sum = log(s.sum);
    let entropy = max(log_sum - s.slope / s.sum, 0.0);
    return Record(
        s.top1, s.top2, s.samp, s.l1, s.l2, s.l1 + log_sum, entropy, s.l_cur, s.l_eos, s.l_samp,
    );
}
