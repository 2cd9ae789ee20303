//! The orders in which candidates are shown, and what several answers come to: pure.
//!
//! Models favour places in a list over others, so the same question in another order is another vote.

use super::Choice;

/// Orders of `count` candidates as positions, one a vote, as far as there are that many: two candidates have two. The first is the order of retrieval unless `shuffle` is set;
/// all others are shuffled, by `seed` and what is asked about, so that no run and no other row changes them.
pub(crate) fn orders(count: usize, votes: usize, shuffle: bool, seed: u64, about: &str) -> Vec<Vec<usize>> {
    let hash = blake3::hash(about.as_bytes());
    let (about, _) = hash.as_bytes().split_first_chunk().expect("a hash has 32 bytes");
    let about = u64::from_le_bytes(*about);
    let mut orders: Vec<Vec<usize>> = Vec::new();
    // Of few candidates an order comes again, and the same question is no other vote.
    for vote in 0..votes.max(1) {
        let order = {
            let mut order: Vec<usize> = (0..count).collect();
            if vote > 0 || shuffle {
                let mut random = fastrand::Rng::with_seed(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ about);
                (0..=vote).for_each(|_| random.shuffle(&mut order));
            }
            order
        };
        if !orders.contains(&order) {
            orders.push(order);
        }
    }
    orders
}

/// The choice with most votes, and how many it has; of equally many, the one retrieval prefers, none last.
pub(super) fn majority(choices: impl IntoIterator<Item = Choice>) -> Option<(Choice, usize)> {
    let mut counts = std::collections::BTreeMap::new();
    for choice in choices {
        *counts.entry(choice).or_insert(0_usize) += 1;
    }
    // In their order offers come before none; the last of the largest is taken.
    counts.into_iter().rev().max_by_key(|&(_, count)| count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_differ_follow_the_seed_and_hold_every_candidate() {
        let of = |seed, about: &str| orders(10, 4, false, seed, about);
        let orders_ = of(1, "big hands");
        assert_eq!(orders_, of(1, "big hands"));
        assert_ne!(orders_, of(2, "big hands"));
        assert_ne!(orders_[1], of(1, "fits")[1]);
        assert_eq!(orders_[0], (0..10).collect::<Vec<_>>());
        for (at, order) in orders_.iter().enumerate() {
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, orders_[0]);
            assert!(orders_[..at].iter().all(|earlier| earlier != order));
        }
        assert_ne!(orders(10, 1, true, 1, "a")[0], orders_[0]);
        assert_eq!((orders(1, 5, false, 1, "a").len(), orders(2, 25, false, 1, "a").len()), (1, 2));
    }

    #[test]
    fn every_place_is_shown_first_at_times() {
        let mut first = [0_u32; 5];
        for seed in 0..1000 {
            first[orders(5, 1, true, seed, "a")[0][0]] += 1;
        }
        assert!(first.iter().all(|&count| (120..280).contains(&count)), "{first:?}");
    }

    #[test]
    fn most_votes_win_and_a_tie_goes_to_what_retrieval_prefers() {
        use Choice::{NoMatch, Offer};
        assert_eq!(majority([Offer(3), Offer(1), Offer(3)]), Some((Offer(3), 2)));
        assert_eq!(majority([Offer(3), Offer(1)]), Some((Offer(1), 1)));
        assert_eq!(majority([NoMatch, Offer(7)]), Some((Offer(7), 1)));
        assert_eq!(majority([]), None);
    }
}
