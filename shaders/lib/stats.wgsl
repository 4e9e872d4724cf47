// Statistics of a set of logits, and how two sets merge.

struct Stats {
    // Largest logit, and its id; the lowest id wins a tie.
    l1: f32,
    top1: u32,
    l2: f32,
    top2: u32,
    // Sum of exp(l - l1), and of exp(l - l1) * (l - l1): shifted, so that the entropy does not cancel.
    sum: f32,
    slope: f32,
    // The sample: its id, its logit, and its logit with noise.
    samp: u32,
    l_samp: f32,
    noisy: f32,
    l_cur: f32,
    // logsumexp over the stop ids seen.
    l_eos: f32,
}

#import lib/lowest

fn no_stats() -> Stats {
    return Stats(LOWEST, 0xffffffffu, LOWEST, 0xffffffffu, 0.0, 0.0, 0xffffffffu, LOWEST, LOWEST, LOWEST, LOWEST);
}

fn log_add(a: f32, b: f32) -> f32 {
    let top = max(a, b);
    if top == LOWEST {
        return LOWEST;
    }
    return top + log(exp(a - top) + exp(b - top));
}

// True when (logit a, id a) ranks before (logit b, id b).
fn ranks_before(l_a: f32, id_a: u32, l_b: f32, id_b: u32) -> bool {
    return l_a > l_b || (l_a == l_b && id_a < id_b);
}

// One more logit. Ids come in ascending order, so a later equal logit never displaces an earlier one.
fn add_logit(s: Stats, id: u32, l: f32, noisy: f32) -> Stats {
    var r = s;
    if l > s.l1 {
        let shift = exp(s.l1 - l);
        r.slope = select(shift * (s.slope + (s.l1 - l) * s.sum), 0.0, s.l1 == LOWEST);
        r.sum = shift * s.sum + 1.0;
        r.l2 = s.l1;
        r.top2 = s.top1;
        r.l1 = l;
        r.top1 = id;
    } else {
        let e = exp(l - s.l1);
        r.sum += e;
        r.slope += e * (l - s.l1);
        if l > s.l2 {
            r.l2 = l;
            r.top2 = id;
        }
    }
    if noisy > s.noisy {
        r.noisy = noisy;
        r.samp = id;
        r.l_samp = l;
    }
    return r;
}

fn merge_sums(a: Stats, b: Stats, r: Stats) -> Stats {
    var merged = r;
    merged.sum = 0.0;
    merged.slope = 0.0;
    if a.sum > 0.0 {
        let gap = a.l1 - r.l1;
        merged.sum += exp(gap) * a.sum;
        merged.slope += exp(gap) * (a.slope + gap * a.sum);
    }
    if b.sum > 0.0 {
        let gap = b.l1 - r.l1;
        merged.sum += exp(gap) * b.sum;
        merged.slope += exp(gap) * (b.slope + gap * b.sum);
    }
    return merged;
}

fn merge(a: Stats, b: Stats) -> Stats {
    var r = a;
    if ranks_before(b.l1, b.top1, a.l1, a.top1) {
        r.l1 = b.l1;
        r.top1 = b.top1;
        if ranks_before(a.l1, a.top1, b.l2, b.top2) {
            r.l2 = a.l1;
            r.top2 = a.top1;
        } else {
            r.l2 = b.l2;
            r.top2 = b.top2;
        }
    } else if ranks_before(b.l1, b.top1, a.l2, a.top2) {
        r.l2 = b.l1;
        r.top2 = b.top1;
    }
    r = merge_sums(a, b, r);
    if ranks_before(b.noisy, b.samp, a.noisy, a.samp) {
        r.noisy = b.noisy;
        r.samp = b.samp;
        r.l_samp = b.l_samp;
    }
    r.l_cur = max(a.l_cur, b.l_cur);
    r.l_eos = log_add(a.l_eos, b.l_eos);
    return r;
}
