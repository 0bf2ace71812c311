"""Maps of student and teacher -> a loss that numpy's correlation gives as well."""

import unittest

import numpy as np
import torch

from loss.feature_loss import Projections, feature_loss


class FeatureLoss(unittest.TestCase):
    def setUp(self) -> None:
        generator = torch.Generator().manual_seed(1)
        shapes = ((3, 4, 6, 5), (3, 2, 3, 2))
        self.found = [torch.randn(shape, generator=generator) * 3 + 1 for shape in shapes]
        self.wanted = [values + 2 * torch.randn(values.shape, generator=generator) for values in self.found]

    def test_is_one_less_correlation(self) -> None:
        expected = 0.0
        for found, wanted in zip(self.found, self.wanted, strict=True):
            pairs = zip(
                found.transpose(0, 1).flatten(1).numpy(), wanted.transpose(0, 1).flatten(1).numpy(), strict=True
            )
            expected += np.mean([1 - np.corrcoef(one, other)[0, 1] for one, other in pairs])
        self.assertGreater(expected, 0.1)
        self.assertAlmostEqual(float(feature_loss(self.found, self.wanted)), expected, places=4)

    def test_scale_and_offset_of_a_channel_do_not_matter(self) -> None:
        cases = {"the same": (1.0, 0.0, 0.0), "scaled and moved": (5.0, 3.0, 0.0), "turned round": (-1.0, 0.0, 4.0)}
        for name, (scale, offset, expected) in cases.items():
            with self.subTest(name):
                found = feature_loss([values * scale + offset for values in self.wanted], self.wanted)
                self.assertAlmostEqual(float(found), expected, places=3)

    def test_a_dead_channel_costs_a_half_and_has_a_gradient(self) -> None:
        found = torch.zeros(2, 1, 4, 4, requires_grad=True)
        loss = feature_loss([found], [torch.randn(2, 1, 4, 4)])
        loss.backward()
        self.assertAlmostEqual(float(loss.detach()), 0.5, places=3)
        self.assertTrue(bool(torch.isfinite(found.grad).all()))

    def test_projections_have_no_bias_and_the_teachers_width(self) -> None:
        projections = Projections([3, 2], [5, 7])
        found = projections([torch.zeros(1, 3, 4, 4), torch.zeros(1, 2, 2, 2)])
        self.assertEqual([tuple(values.shape) for values in found], [(1, 5, 4, 4), (1, 7, 2, 2)])
        self.assertEqual([float(values.detach().abs().max()) for values in found], [0.0, 0.0])


if __name__ == "__main__":
    unittest.main()
