// Only keys up to `reach` positions away are seen (Longformer, arXiv 2004.05150; ModernBERT, arXiv 2412.13663).

@group(0) @binding(7) var<storage, read> positions: array<u32>;
@group(0) @binding(8) var<storage, read> key_positions: array<u32>;

fn is_near(row: u32, key: u32) -> bool {
    let at = positions[row];
    let there = key_positions[min(key, params.keys - 1u)];
    return max(at, there) - min(at, there) <= params.reach;
}
