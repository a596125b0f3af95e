"""How the operators of a phase are split over the equal devices of one stage (in the form of Alpa's intra-operator pass, arXiv 2201.12023)."""
