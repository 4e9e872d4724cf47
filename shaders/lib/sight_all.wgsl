// However far a key is, it may be seen.

fn is_near(row: u32, key: u32) -> bool {
    return true;
}
