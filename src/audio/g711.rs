//! G.711, the speech of telephones: one byte a sample, of which both laws make sixteen bits.

/// Which of the two laws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Law {
    Mu,
    A,
}

impl Law {
    /// Samples as PCM16, little endian.
    pub(crate) fn decode(self, coded: &[u8]) -> Vec<u8> {
        let sample = match self {
            Law::Mu => mu,
            Law::A => a,
        };
        coded.iter().flat_map(|byte| sample(*byte).to_le_bytes()).collect()
    }
}

/// All bits are inverted: sign, three of exponent, four of mantissa; the steps are shifted by 33 against each other.
const fn mu(byte: u8) -> i16 {
    let byte = !byte;
    let (exponent, mantissa) = ((byte >> 4) & 7, (byte & 15) as i16);
    let level = (((mantissa << 1) + 33) << exponent) - 33;
    let level = level << 2;
    if byte & 0x80 == 0 { level } else { -level }
}

/// Every other bit is inverted; the lowest exponent is linear.
const fn a(byte: u8) -> i16 {
    let byte = byte ^ 0x55;
    let (exponent, mantissa) = ((byte >> 4) & 7, (byte & 15) as i16);
    let level = match exponent {
        0 => (mantissa << 1) + 1,
        exponent => ((mantissa << 1) + 33) << (exponent - 1),
    };
    let level = level << 3;
    if byte & 0x80 == 0 { -level } else { level }
}

#[cfg(test)]
mod tests {
    use super::{Law, a, mu};

    #[test]
    fn levels_of_the_recommendation() {
        // The ends, the zeros and some steps of the tables of G.711, at sixteen bits.
        for (byte, level) in
            [(0xff, 0), (0x7f, 0), (0x80, 32_124), (0x00, -32_124), (0xfe, 8), (0x7e, -8), (0xef, 132), (0xf0, 120)]
        {
            assert_eq!(mu(byte), level, "mu {byte:#x}");
        }
        for (byte, level) in
            [(0xd5, 8), (0x55, -8), (0xaa, 32_256), (0x2a, -32_256), (0xd4, 24), (0xda, 248), (0xc5, 264), (0x80, 5504)]
        {
            assert_eq!(a(byte), level, "a {byte:#x}");
        }
        assert_eq!(Law::Mu.decode(&[0x80, 0xff]), [0x7c, 0x7d, 0, 0]);
        assert_eq!(Law::A.decode(&[0xaa]), 32_256_i16.to_le_bytes());
    }

    #[test]
    fn the_levels_rise_with_the_code() {
        for law in [mu as fn(u8) -> i16, a] {
            let mut levels: Vec<i16> = (0..=255).map(law).collect();
            levels.sort_unstable();
            levels.dedup();
            // The mu law has two zeros.
            assert!(levels.len() >= 255, "{}", levels.len());
            assert!(levels.iter().all(|level| levels.contains(&-level)));
        }
    }
}
