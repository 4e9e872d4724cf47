// Raw logits in stat space; a banned one stays banned whatever the scale.

#import lib/lowest

fn stat_logit(raw: f32, scale: f32) -> f32 {
    return select(raw * scale, LOWEST, raw <= LOWEST);
}
