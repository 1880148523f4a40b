"""The networks, each a function in a file of its own: `NETWORKS[name]()` makes one with fresh weights."""
from networks.inception import inception, inception_small
from networks.mobilefacenet import mobilefacenet
from networks.nn1 import nn1
from networks.nn2 import nn2, nn3, nn4
from networks.nns2 import nns2, nns2_residual
from networks.nns2_inception import nns2_inception
from networks.nns_paper import nns1_paper, nns2_paper

NETWORKS = {"inception": inception, "inception-small": inception_small, "nns2-inception": nns2_inception,
            "mobilefacenet": mobilefacenet, "nns2": nns2, "nns2-residual": nns2_residual,
            "nn1": nn1, "nn2": nn2, "nn3": nn3, "nn4": nn4, "nns1-paper": nns1_paper, "nns2-paper": nns2_paper}
