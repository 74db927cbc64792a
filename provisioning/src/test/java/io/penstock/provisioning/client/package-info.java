@NullMarked
package io.penstock.provisioning.client;

import org.jspecify.annotations.NullMarked;
